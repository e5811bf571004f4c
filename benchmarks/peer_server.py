"""One peer behind JSON lines on standard input and output; see trimtab.bench.method.Peer.

    PYTHON benchmarks/peer_server.py NAME FOLDER

FOLDER holds NAME.py with a class Peer(space, seed[, n_trials]), ask() and tell(config, value). Nothing of
Trimtab is imported: this runs in the peer's own environment. What peers print goes to standard error.
"""

import importlib
import inspect
import json
import os
import sys
import time


def plain(value):
    return value.item() if hasattr(value, "item") else value


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    sys.path.insert(0, sys.argv[2])
    module = importlib.import_module(sys.argv[1])
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)
    peer, config, spent = None, None, 0.0
    for line in sys.stdin:
        message, answer = json.loads(line), {}
        started = time.process_time()
        if "begin" in message:
            space, seed, n = message["begin"], message["seed"], message["n_trials"]
            wants_n = "n_trials" in inspect.signature(module.Peer).parameters
            peer = module.Peer(space, seed, n) if wants_n else module.Peer(space, seed)
            started = time.process_time()  # starting up is free
        elif "tell" in message:
            peer.tell(config, message["tell"])
        else:
            config = peer.ask()
            answer["config"] = {name: plain(value) for name, value in config.items()}
        spent += time.process_time() - started
        answer["seconds"] = spent
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
