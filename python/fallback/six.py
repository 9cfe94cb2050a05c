"""Stand-in for six where it is not installed: what Python 3 code still imports from it."""

import builtins
import io
import sys
import types

PY2, PY3, PY34 = False, True, True

string_types = (str,)
integer_types = (int,)
class_types = (type,)
text_type = str
binary_type = bytes
MAXSIZE = sys.maxsize

StringIO = io.StringIO
BytesIO = io.BytesIO
get_function_code = lambda function: function.__code__  # noqa: E731
unichr = chr


def u(text):
    return text


def b(text):
    return text.encode("latin-1")


def iteritems(mapping, **kwargs):
    return iter(mapping.items(**kwargs))


def iterkeys(mapping, **kwargs):
    return iter(mapping.keys(**kwargs))


def itervalues(mapping, **kwargs):
    return iter(mapping.values(**kwargs))


def ensure_str(text, encoding="utf-8", errors="strict"):
    return text.decode(encoding, errors) if isinstance(text, bytes) else text


ensure_text = ensure_str


def ensure_binary(text, encoding="utf-8", errors="strict"):
    return text if isinstance(text, bytes) else text.encode(encoding, errors)


def reraise(kind, value=None, traceback=None):
    raise (value if value is not None else kind()).with_traceback(traceback)


def raise_from(value, cause):
    raise value from cause


def with_metaclass(metaclass, *bases):
    return metaclass("Base", bases or (object,), {})


def add_metaclass(metaclass):
    def rebuild(cls):
        body = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
        return metaclass(cls.__name__, cls.__bases__, body)

    return rebuild


def python_2_unicode_compatible(cls):
    return cls


class _Moves(types.ModuleType):
    """Finds a moved name when it is asked for."""

    _BUILTINS = ("map", "zip", "filter", "range", "input")
    _MODULES = {
        "builtins": "builtins",
        "configparser": "configparser",
        "cPickle": "pickle",
        "http_client": "http.client",
        "http_cookies": "http.cookies",
        "queue": "queue",
        "urllib_parse": "urllib.parse",
        "urllib_error": "urllib.error",
        "urllib_request": "urllib.request",
        "urllib": "urllib",
    }

    def __getattr__(self, name):
        import importlib

        if name in self._BUILTINS:
            return getattr(builtins, name)
        if name == "xrange":
            return range
        if name in ("StringIO", "cStringIO"):
            return io.StringIO
        if name == "reload_module":
            return importlib.reload
        if name == "reduce":
            return importlib.import_module("functools").reduce
        if name in self._MODULES:
            return importlib.import_module(self._MODULES[name])
        raise AttributeError("six.moves has no %r in this stand-in" % name)


class _MovedModules:
    """Lets ``import six.moves.urllib.parse`` find the standard library's module."""

    _PREFIX = "six.moves."

    def find_spec(self, name, path=None, target=None):
        if not name.startswith(self._PREFIX):
            return None
        import importlib.machinery

        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        import importlib

        name = spec.name[len(self._PREFIX):]
        module = importlib.import_module(_Moves._MODULES.get(name, name))
        spec.loader_state = module.__spec__
        return module

    def exec_module(self, module):
        """The module ran under its own name; the import system has just given it ours, which is taken back."""
        module.__spec__ = module.__spec__.loader_state


__path__ = []
moves = _Moves("six.moves")
moves.__path__ = []
sys.modules["six.moves"] = moves
# First: the parents are real packages, in whose directories others would find a second copy.
sys.meta_path.insert(0, _MovedModules())
