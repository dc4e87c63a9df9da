#!/bin/bash
# Two machines of eight GPUs under SLURM; they share this folder. Printed by
#   affectreason plan recipe=facial_r1 gpus=8 nodes=2 slurm=true > job.sh && sbatch job.sh
# Add what your cluster wants (--account, --partition, --time), --cpus-per-task for all cores of a machine, and the lines
# that activate your environment.
# Stopped at its time limit, the same job goes on from the last checkpoint.
#SBATCH --job-name=facial_r1
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=1
#SBATCH --gpus-per-node=8
#SBATCH --output=%x-%j.log
set -e
# srun does not take over what sbatch was told of cores
[ -z "${SLURM_CPUS_PER_TASK:-}" ] || export SRUN_CPUS_PER_TASK="$SLURM_CPUS_PER_TASK"
hosts="$(scontrol show hostnames "${SLURM_JOB_NODELIST:?start this with sbatch}")"
export MAIN_IP="${hosts%%$'\n'*}"
srun --kill-on-bad-exit=1 bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 sft.py recipe=facial_r1 stage=sft'
srun --kill-on-bad-exit=1 bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 grpo.py recipe=facial_r1 stage=grpo'
srun --kill-on-bad-exit=1 bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 synthesize.py recipe=facial_r1 stage=grow'
srun --kill-on-bad-exit=1 bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 sft.py recipe=facial_r1 stage=sft_2'
srun --kill-on-bad-exit=1 bash -c 'accelerate launch --config_file recipes/accelerate/zero3.yaml --num_processes 16 --num_machines 2 --machine_rank "$SLURM_NODEID" --main_process_ip "$MAIN_IP" --main_process_port 29500 grpo.py recipe=facial_r1 stage=grpo_2'
