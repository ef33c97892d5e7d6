#!/usr/bin/env bash
# Runs a command as on a machine of its own: network, mounts, processes and cgroups are new, files are the same. A sandbox with
# nodes can so run beside another one. There is no way out of it: tools must be there before. All of it ends with the command.
#   own-machine.sh NAME COMMAND [ARGUMENT ...]
set -euo pipefail
name=$1
shift

# Version 1 has a directory for each controller, version 2 is one tree; a machine may have both.
is_tree() { [ -f "$1/cgroup.controllers" ]; }
hierarchies() {
  if is_tree /sys/fs/cgroup; then
    echo /sys/fs/cgroup
    return
  fi
  local path
  for path in /sys/fs/cgroup/*/; do
    path=${path%/}
    [ -L "$path" ] || echo "$path"
  done
}

enter_cgroups() {
  local path file
  while read -r path; do
    mkdir -p "$path/$name"
    for file in cpuset.cpus cpuset.mems; do
      # A new cpuset of version 1 is empty, and no process can be in an empty one.
      if ! is_tree "$path" && [ -f "$path/$name/$file" ]; then cat "$path/$file" >"$path/$name/$file"; fi
    done
    echo $$ >"$path/$name/cgroup.procs"
  done
}

mount_cgroups() {
  local path controller
  if [ "$1" = /sys/fs/cgroup ]; then
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
    # A group that has processes cannot hand controllers on.
    mkdir -p /sys/fs/cgroup/init
    echo 1 >/sys/fs/cgroup/init/cgroup.procs
    return
  fi
  mount -t tmpfs tmpfs /sys/fs/cgroup
  for path in "$@"; do
    controller=$(basename "$path")
    mkdir "$path"
    case $controller in
      unified) mount -t cgroup2 cgroup2 "$path" ;;
      systemd) mount -t cgroup -o none,name=systemd cgroup "$path" ;;
      *) mount -t cgroup -o "$controller" cgroup "$path" ;;
    esac
  done
}

if [ "${OWN_MACHINE_INSIDE:-}" != yes ]; then
  enter_cgroups < <(hierarchies)
  OWN_MACHINE_INSIDE=yes exec unshare --mount --net --pid --ipc --uts --cgroup --fork --kill-child --mount-proc \
    --propagation private "$0" "$name" "$@"
fi
unset OWN_MACHINE_INSIDE
mapfile -t paths < <(hierarchies)
# What /sys shows of the network belongs to the namespace that mounted it.
mount -t sysfs sysfs /sys
mount_cgroups "${paths[@]}"
mkdir -p /run/netns /var/lib/cni
mount -t tmpfs tmpfs /run/netns
mount -t tmpfs tmpfs /var/lib/cni
ip link set lo up
hostname "$name"
"$@"
