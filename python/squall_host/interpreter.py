"""Makes up for ``-S``: site-packages are set up when an import first misses, not at every start.

Scanning site-packages and running its ``.pth`` files can take longer than the rest of the start together, and most
actions import nothing but the standard library and the st2 packages.
"""

import os
import sys


class SiteOnDemand:
    """The last finder: whatever nobody found may live in site-packages."""

    def __init__(self, fallback):
        self._fallback = fallback

    def find_spec(self, name, path=None, target=None):
        if path is not None:
            return None
        sys.meta_path.remove(self)
        import site

        site.main()
        # After site-packages: a real package always wins over our stand-in.
        sys.path.append(self._fallback)
        for finder in sys.meta_path:
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                return spec
        return None


def prepare():
    """Installs the finder and the built-in names that the site module would have added."""
    fallback = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "fallback")
    if not sys.flags.no_site:
        sys.path.append(fallback)
        return
    import site

    site.setquit()
    site.sethelper()
    sys.meta_path.append(SiteOnDemand(fallback))
