"""Entry point of one Python action; the host starts it and speaks over standard input."""

import sys

if __name__ == "__main__":
    from squall_host.action import main

    sys.exit(main())
