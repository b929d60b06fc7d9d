"""`python -m server.embedded`: `tensorflow_model_server`, without the container."""

import sys

from server.embedded.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
