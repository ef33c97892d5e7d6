"""A path between this machine's network and a network namespace that is as far and as bad as told: delay, jitter and loss.

usage: far-path.fixture.py NAMESPACE ADDRESS_HERE ADDRESS_THERE DELAY_MS JITTER_MS LOSS_PERCENT UDP

DELAY_MS is one way, JITTER_MS what is added to it or taken off at most. LOSS_PERCENT is of the audio packets that come from
there; each packet of other kinds passes. UDP is `yes` or `no`. Not every kernel has netem, so packets are carried by hand between
two TUN devices. Says `ready` when the path is there; on a line of input says how many audio packets came and how many of them
were dropped since the last line; ends with its input.
"""

import ctypes
import fcntl
import heapq
import itertools
import os
import random
import select
import struct
import subprocess
import sys
import time

namespace, here, there, delay, jitter, loss, udp = sys.argv[1:]
delay, jitter, loss = float(delay) / 1000, float(jitter) / 1000, float(loss) / 100


def tun(address: str, peer: str) -> int:
    """A TUN device of the present namespace with an address."""
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    request = fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", b"lkfar%d", 0x0001 | 0x1000))
    name = request[:16].rstrip(b"\0").decode()
    subprocess.run(["ip", "addr", "add", address, "peer", peer, "dev", name], check=True)
    subprocess.run(["ip", "link", "set", name, "up"], check=True)
    return fd


def is_audio(packet: bytes) -> bool:
    """UDP that holds RTP of the payload type of Opus (RFC 7983 tells it from STUN and DTLS)."""
    data = packet[28:]
    return packet[9] == 17 and len(data) > 12 and data[0] >> 6 == 2 and data[1] & 0x7F == 111


near = tun(here, there)
with open(f"/run/netns/{namespace}") as file:
    if ctypes.CDLL(None).setns(file.fileno(), 0) != 0:
        sys.exit("setns was refused")
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
far = tun(there, here)
print("ready", flush=True)

random.seed(1)
order = itertools.count()
waiting: list = []
last: dict = {}
came = dropped = 0
while True:
    left = max(0, waiting[0][0] - time.monotonic()) if waiting else 1
    readable, _, _ = select.select([near, far, sys.stdin], [], [], left)
    for fd in readable:
        if fd is sys.stdin:
            if not sys.stdin.readline():
                sys.exit()
            print(came, dropped, flush=True)
            came = dropped = 0
            continue
        packet = os.read(fd, 65536)
        if packet[0] >> 4 != 4 or (packet[9] == 17 and udp == "no"):
            continue
        if fd == far and is_audio(packet):
            came += 1
            if random.random() < loss:
                dropped += 1
                continue
        # In order, as most paths keep it.
        due = last[fd] = max(last.get(fd, 0), time.monotonic() + delay + random.uniform(-jitter, jitter))
        heapq.heappush(waiting, (due, next(order), near if fd == far else far, packet))
    while waiting and waiting[0][0] <= time.monotonic():
        _, _, fd, packet = heapq.heappop(waiting)
        os.write(fd, packet)
