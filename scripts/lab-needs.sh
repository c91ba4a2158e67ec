#!/bin/sh
# The programs that tests of the lab need beside slipway's own needs, as `COMMAND=PACKAGE`.
echo nginx=nginx-light age=age shellcheck=shellcheck wireguard-go=wireguard-go wg=wireguard-tools pebble=pebble sslscan=sslscan
