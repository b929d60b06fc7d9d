"""`python -m client_api`: the gateway, with its settings in the environment."""

import sys

from client_api.command import main

if __name__ == "__main__":
    sys.exit(main())
