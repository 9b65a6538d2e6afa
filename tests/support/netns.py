"""A network of one's own: addresses, listeners and a name server, in a namespace.

    network = Network(addresses, names)

Only root may (or whoever may make namespaces); elsewhere `Network.possible()` says why not. The
process itself enters and stays until it ends, so this is for a test module that runs by itself,
and comes before any thread is started. /etc/resolv.conf and /etc/hosts are replaced inside only.
"""
import ctypes
import os
import selectors
import shutil
import socket
import struct
import subprocess
import tempfile
import threading

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNS, CLONE_NEWNET = 0x00020000, 0x40000000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x40000
TYPES = {1: socket.AF_INET, 28: socket.AF_INET6}


def call(what, *args):
    if LIBC[what](*args) != 0:
        raise OSError(ctypes.get_errno(), "%s: %s" % (what, os.strerror(ctypes.get_errno())))


class Network:
    """The namespace. `names`: {name: addresses, or a function of (how often it was asked) that
    gives them; None: no answer at all}."""

    def __init__(self, addresses=(), names=None):
        self.folder = tempfile.mkdtemp(prefix="wmnet-")
        call("unshare", CLONE_NEWNS | CLONE_NEWNET)
        call("mount", None, b"/", None, MS_REC | MS_PRIVATE, None)
        self._bind("nameserver 127.0.0.53\n", "/etc/resolv.conf")
        self._bind("127.0.0.1 localhost\n::1 localhost\n", "/etc/hosts")
        shutil.rmtree(self.folder)  # the files live on where they are mounted
        self._ip("link", "set", "lo", "up")
        for a in addresses:
            more = ["nodad"] if ":" in a else []
            self._ip("addr", "add", a + ("/128" if ":" in a else "/32"), "dev", "lo", *more)
        self.dns = NameServer(names or {}).start()

    @staticmethod
    def possible():
        """None, or why there can be no network of our own."""
        if not shutil.which("ip"):
            return "a network of its own needs iproute2"
        child = os.fork()
        if child == 0:
            os._exit(0 if LIBC.unshare(CLONE_NEWNS | CLONE_NEWNET) == 0 else 1)
        if os.waitpid(child, 0)[1] != 0:
            return "a network of its own needs root"
        return None

    def _bind(self, text, path):
        own = os.path.join(self.folder, os.path.basename(path))
        with open(own, "w", encoding="ascii") as f:
            f.write(text)
        call("mount", own.encode(), path.encode(), None, MS_BIND, None)

    def _ip(self, *args):
        subprocess.run(["ip", *args], check=True)


class Listeners:
    """A socket on one port of each address that can be had. `got`: who reached which."""

    def __init__(self, addresses, port=0):
        self.port, self.sockets, self.got = port, {}, []
        for a in addresses:
            family = socket.AF_INET6 if ":" in a else socket.AF_INET
            s = socket.socket(family, socket.SOCK_STREAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            try:
                where = socket.getaddrinfo(a, self.port, family, socket.SOCK_STREAM)[0][4]
                s.bind(where)
                s.listen(64)
            except OSError:
                s.close()
                continue
            self.port = s.getsockname()[1]
            self.sockets[a] = s
        self.selector, self.end = selectors.DefaultSelector(), socket.socketpair()
        for s in self.sockets.values():
            self.selector.register(s, selectors.EVENT_READ)
        self.selector.register(self.end[0], selectors.EVENT_READ)
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is self.end[0]:
                    return
                con, _ = key.fileobj.accept()
                self.got.append(con.getsockname()[0])
                con.close()

    def reach(self):
        """Connect to each, to show that it would be noticed: how many were. Then forget it."""
        for address in self.sockets:
            socket.create_connection((address, self.port), 5).close()
        for _ in range(500):
            if len(self.got) >= len(self.sockets):
                break
            threading.Event().wait(0.01)
        seen = len(self.got)
        self.got.clear()
        return seen

    def stop(self):
        self.end[1].send(b"x")
        self.thread.join()
        for s in [*self.sockets.values(), *self.end]:
            s.close()
        self.selector.close()


class NameServer:
    """DNS over UDP on 127.0.0.53: A and AAAA from a table, nothing else."""

    def __init__(self, names):
        self.names, self.asked = names, {}
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.53", 53))
        self.thread = threading.Thread(target=self._run, daemon=True)

    def start(self):
        self.thread.start()
        return self

    def _run(self):
        while True:
            query, who = self.socket.recvfrom(2048)
            answer = self.answer(query)
            if answer:
                self.socket.sendto(answer, who)

    def answer(self, query):
        """The packet for a packet; None: silence."""
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("ascii", "replace"))
            at += 1 + query[at]
        name, question = ".".join(labels).lower(), query[12:at + 5]
        kind = struct.unpack("!H", query[at + 1:at + 3])[0]
        times = self.asked[name, kind] = self.asked.get((name, kind), 0) + 1
        found = self.names.get(name, ())
        if callable(found):
            found = found(times)
        if found is None:
            return None
        family = TYPES.get(kind)
        rows = [socket.inet_pton(family, a) for a in found
                if family and (":" in a) == (family == socket.AF_INET6)]
        code = 0 if name in self.names else 3
        head = query[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(rows), 0, 0)
        return head + question + b"".join(
            b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 0, len(r)) + r for r in rows)
