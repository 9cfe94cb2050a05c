"""Host names of two words. Pure: one key gives one name, so a repeated reservation names the same machine."""
import hashlib

FIRST = (
    "amber brave calm clever coral crisp eager early fair fleet gentle glad golden grand green happy honest "
    "humble jolly keen kind lively lucky mellow merry misty noble polite proud quick quiet rapid ready royal "
    "rustic silver smooth snowy solid steady sunny swift tidy vivid warm wild wise young"
).split()
SECOND = (
    "alder aspen badger beacon birch bison breeze brook canyon cedar cliff cloud comet crane creek delta dune "
    "eagle falcon fern fjord forest geyser glacier harbor hawk heron island lagoon lake lark lynx maple meadow "
    "mesa moose otter pine prairie raven reef ridge river robin summit tundra valley willow"
).split()


def token(key, index):
    """Returns the token of the `index`th node that `key` reserves."""
    return hashlib.sha256(("%s/%d" % (key, index)).encode("utf-8")).hexdigest()[:24]


def host_name(node_token, taken):
    """Returns a name for the token that is not among those taken."""
    number = int(node_token, 16)
    base = "%s-%s" % (FIRST[number % len(FIRST)], SECOND[number // len(FIRST) % len(SECOND)])
    name, suffix = base, 2
    while name in taken:
        name, suffix = "%s-%d" % (base, suffix), suffix + 1
    return name
