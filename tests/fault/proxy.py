"""A proxy between workers and a server that can cut them off from each other: a partition of the network.

While a connection is cut, what one side says is held back, in one direction or both; nobody is told. Then it
is either delivered late, as a network that comes back does, or lost with the connection. (Network name
spaces would do the same to the packets, but need root; here the bytes of a stream are held.)
"""

import contextlib
import random
import socket
import struct
import threading

_TICK = 0.02  # seconds between two looks at whether a connection is cut
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the other side gets a reset, not an end
WAYS = (("up",), ("down",), ("up", "down"))


class Pair:
    """One connection of a worker, and the one to the server that is made for it."""

    def __init__(self, worker: socket.socket, server: socket.socket, cut: tuple[str, ...]) -> None:
        self.ends = {"up": (worker, server), "down": (server, worker)}
        self.cut = cut
        self.held = {"up": b"", "down": b""}
        self.is_over = False
        for way in self.ends:
            threading.Thread(target=self._pump, args=(way,), daemon=True).start()

    def _pump(self, way: str) -> None:
        source, target = self.ends[way]
        source.settimeout(_TICK)
        with contextlib.suppress(OSError):
            while not self.is_over:
                if way not in self.cut and self.held[way]:
                    target.sendall(self.held[way])
                    self.held[way] = b""
                try:
                    data = source.recv(65536)
                except TimeoutError:
                    continue
                if not data:
                    break
                self.held[way] += data
        self.close()

    def close(self) -> None:
        """Reset both sides; what is held is lost."""
        self.is_over = True
        for end in self.ends["up"]:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()


class Proxy:
    """Listens on a port of this machine, for the server at the socket `path`."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._pairs: list[Pair] = []
        self._new: tuple[str, ...] = ()  # how connections are cut that are made now
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                worker, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._path)
            except OSError:
                worker.close()
                continue
            self._pairs.append(Pair(worker, server, self._new))

    def cut(self, rng: random.Random) -> None:
        """Cut some of the connections, and at times all that are made from now on."""
        self._pairs = [pair for pair in self._pairs if not pair.is_over]
        way = rng.choice(WAYS)
        for pair in rng.sample(
            self._pairs, rng.randint(min(1, len(self._pairs)), len(self._pairs))
        ):
            pair.cut = way
        self._new = rng.choice([(), way])

    def heal(self, rng: random.Random) -> None:
        """Connections come back, with all that was held, or are lost."""
        self._new = ()
        for pair in self._pairs:
            if pair.cut and rng.random() < 0.5:
                pair.close()
            pair.cut = ()

    def close(self) -> None:
        self._listener.close()
        for pair in self._pairs:
            pair.close()
