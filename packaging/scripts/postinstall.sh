#!/bin/sh
# After the files are there: the user, the folders, and the service again if it
# runs. A container without systemd has none of these.
set -e
if command -v systemd-sysusers >/dev/null; then
	systemd-sysusers logs.conf
fi
if command -v systemd-tmpfiles >/dev/null; then
	systemd-tmpfiles --create logs.conf
fi
if [ -d /run/systemd/system ]; then
	systemctl daemon-reload
	systemctl try-restart logs.service
fi
