#!/bin/bash
# Two machines of eight GPUs under SLURM; they share this folder. Printed by
#   affectreason plan recipe=facial_r1 gpus=8 nodes=2 slurm=true > job.sh && sbatch job.sh
# Add what your cluster wants (--account, --partition, --time) and the lines that activate your environment.
# Stopped at its time limit, the same job goes on from the last checkpoint.
#SBATCH --job-name=facial_r1
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --output=%x-%j.log
set -e
export MAIN_IP="$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)"
srun bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 sft.py recipe=facial_r1 stage=sft'
srun bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 grpo.py recipe=facial_r1 stage=grpo'
srun bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 synthesize.py recipe=facial_r1 stage=grow'
srun bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 sft.py recipe=facial_r1 stage=sft_2'
srun bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 grpo.py recipe=facial_r1 stage=grpo_2'
