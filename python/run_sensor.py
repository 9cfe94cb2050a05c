"""Entry point of one sensor; the host starts it and speaks over standard input."""

import sys

if __name__ == "__main__":
    from squall_host.sensor import main

    sys.exit(main())
