#!/usr/bin/env bash
# Builds and starts the image on a Debian without docker, as root. Arguments: the folder for the base image's files.
set -eu
cd "$(dirname "$0")/.."
rootfs=${1:?give a folder for the base image, about 420 MB}
base=localhost/debian-base:trixie
authorities=/etc/ssl/certs/ca-certificates.crt
export STORAGE_DRIVER=overlay

tools=(debootstrap buildah podman crun runc uidmap netavark aardvark-dns catatonit)
dpkg --status "${tools[@]}" > /dev/null 2>&1 || apt-get install --yes --no-install-recommends "${tools[@]}"

if ! buildah inspect --type image "$base" > /dev/null 2>&1; then
  [ -e "$rootfs/usr" ] || debootstrap --variant=minbase --include=python3,python3-venv,ca-certificates,git trixie "$rootfs"
  container=$(buildah from scratch)
  buildah add --quiet "$container" "$rootfs" /
  buildah config --env PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$container"
  buildah commit --quiet "$container" "$base"
  buildah rm "$container" > /dev/null
fi

buildah build --isolation chroot --network host --build-arg BASE="$base" \
  --volume "$authorities:$authorities:ro" --tag localhost/midflight:try .
# runc and the limits: crun refuses hybrid cgroups, and a container without CAP_SYS_RESOURCE cannot raise its limits.
podman --runtime "$(command -v runc)" run --rm --network host --ulimit nofile=1024:1024 --ulimit nproc=4096:4096 \
  --entrypoint /opt/venv/bin/python localhost/midflight:try -c 'import midflight; print(midflight.__file__)'
