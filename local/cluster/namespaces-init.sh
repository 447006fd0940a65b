#!/bin/bash
# Process 1 of a real node's namespaces: makes them fit for a node, then only reaps orphans until its input closes.
# Arguments: the node's name, the address of the Pods' gateway with its prefix length.
set -eu
node=$1 gateway=$2

mount --make-rprivate /
# containerd's shims, runc, the CNI plugins and the kubelet write to fixed places there: kept off the host's disk.
for folder in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs "$folder"; done

# The kubelet writes these sysctls, which belong to the whole machine, unless they already read as it wants.
mkdir /run/sysctl
show_as() {
  [ -e "/proc/sys/$1" ] || return 0
  local file=/run/sysctl/${1//\//.}
  echo "$2" > "$file"
  mount --bind "$file" "/proc/sys/$1"
}
show_as vm/overcommit_memory 1
show_as vm/panic_on_oom 0
show_as kernel/panic 10
show_as kernel/panic_on_oops 1
show_as kernel/keys/root_maxkeys 1000000
show_as kernel/keys/root_maxbytes 25000000

hostname "$node"
ip link set lo up
# The bridge exists before the API server, which advertises its address.
ip link add cni0 type bridge
ip addr add "$gateway" dev cni0
ip link set cni0 up
# It leads nowhere outside, but without a default route Service addresses are unreachable.
ip route add default dev cni0
echo 1 > /proc/sys/net/ipv4/ip_forward
# Else traffic between Pods of one bridge passes by the rules that turn Service addresses into Pods'.
bridged=/proc/sys/net/bridge/bridge-nf-call-iptables
[ ! -e "$bridged" ] || echo 1 > "$bridged"

echo ready
read -r _ || true
