#!/bin/sh
# Before the files go: dpkg says "remove", rpm says how many versions will be
# left. An upgrade leaves the service alone.
set -e
case "$1" in
remove | 0)
	if [ -d /run/systemd/system ]; then
		systemctl disable --now logs.service
	fi
	;;
esac
