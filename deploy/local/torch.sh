#!/bin/sh
# Install the PyTorch build for this machine: sh torch.sh REQUIREMENT PIP-INSTALL-COMMAND...
# TORCH_INDEX: use that index on any machine. Otherwise on Linux without an NVIDIA driver: PyTorch's index of CPU builds,
# a tenth of the size; if that is unreachable, and everywhere else: the default index.
set -eu
requirement=$1
shift
cpu_index=https://download.pytorch.org/whl/cpu
driver=${NVIDIA_DRIVER:-/proc/driver/nvidia/version /dev/dxg}  # the second: Linux under Windows

if [ -n "${TORCH_INDEX:-}" ]; then
  echo "== PyTorch from TORCH_INDEX, $TORCH_INDEX"
  exec "$@" --index-url "$TORCH_INDEX" "$requirement"
fi
for path in $driver; do
  if [ -e "$path" ]; then
    echo "== PyTorch with CUDA: this machine has an NVIDIA driver"
    exec "$@" "$requirement"
  fi
done
if [ "${SYSTEM:-$(uname -s)}" = Linux ]; then
  echo "== PyTorch for CPUs, from $cpu_index: this machine has no NVIDIA driver"
  if "$@" --index-url "$cpu_index" --timeout 5 --retries 0 "$requirement"; then exit 0; fi
  echo "== That index could not be used, so PyTorch comes from the default one, with CUDA: gigabytes. TORCH_INDEX names another."
fi
exec "$@" "$requirement"
