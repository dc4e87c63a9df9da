#!/bin/bash
# Two machines of eight GPUs without a scheduler; they share this folder. On the first, which the second reaches as
# 10.0.0.1, and then on the second:
#   RANK=0 recipes/launch/two_machines.sh
#   RANK=1 recipes/launch/two_machines.sh
# Printed by: affectreason plan recipe=facial_r1 gpus=8 nodes=2 ip=10.0.0.1
set -e
: "${RANK:?write RANK=0 on the first machine, RANK=1 on the second}"
accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$RANK" --main_process_ip 10.0.0.1 --main_process_port 29500 sft.py recipe=facial_r1 stage=sft
accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$RANK" --main_process_ip 10.0.0.1 --main_process_port 29500 grpo.py recipe=facial_r1 stage=grpo
accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$RANK" --main_process_ip 10.0.0.1 --main_process_port 29500 synthesize.py recipe=facial_r1 stage=grow
accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$RANK" --main_process_ip 10.0.0.1 --main_process_port 29500 sft.py recipe=facial_r1 stage=sft_2
accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$RANK" --main_process_ip 10.0.0.1 --main_process_port 29500 grpo.py recipe=facial_r1 stage=grpo_2
