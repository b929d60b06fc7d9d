"""`python -m server.embedded`: `tensorflow_model_server`, without the container."""

import logging
import os
import sys

from server.embedded.command import main

if __name__ == "__main__":
    status = main(sys.argv[1:])
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that are still in a model's code would keep the process from leaving.
    os._exit(status)
