"""Loads the class that a pack file defines. Counterpart: st2common/util/loader.py."""

import os
import sys


def load_module(file_path):
    """Runs a pack file as a module; its directory becomes importable, after everything else."""
    import importlib.util

    directory = os.path.dirname(os.path.realpath(file_path))
    if directory not in sys.path:
        sys.path.append(directory)
    name = os.path.basename(file_path)
    if name.endswith(".py"):
        name = name[:-3]
    spec = importlib.util.spec_from_file_location(name, file_path)
    if spec is None:
        raise ImportError('"%s" is not a Python file' % file_path)
    module = importlib.util.module_from_spec(spec)
    # Not entered in sys.modules: an action may be called json.py or http.py.
    spec.loader.exec_module(module)
    return module


def _with_context(kind, file_path, error):
    """Returns an error of the same class whose text says which file could not be loaded, and why."""
    import traceback

    text = 'Failed to load %s class from file "%s" (%s file most likely doesn\'t exist or contains invalid syntax): %s' % (
        kind,
        file_path,
        kind,
        error,
    )
    text += "\n\n" + traceback.format_exc()
    try:
        return type(error)(text)
    except TypeError:
        return Exception(text)


def load_action_class(file_path):
    """Returns the first class of the file, by name, that has a ``run`` of its own."""
    try:
        module = load_module(file_path)
        for name in sorted(vars(module)):
            member = vars(module)[name]
            if isinstance(member, type) and member.__module__ == module.__name__ and _implements(member, "run"):
                return member
        raise Exception('Found no classes in plugin file "%s" matching requirements.' % file_path)
    except Exception as error:
        raise _with_context("action", file_path, error)


def load_sensor_class(file_path, class_name):
    try:
        module = load_module(file_path)
        found = getattr(module, class_name, None)
        if found is None:
            raise Exception('Plugin file "%s" doesn\'t expose class named "%s"' % (file_path, class_name))
        for method in ("setup", "run", "cleanup", "add_trigger", "update_trigger", "remove_trigger"):
            if not _implements(found, method):
                raise Exception(
                    'Class "%s" doesn\'t implement required "%s" method from the base class' % (class_name, method)
                )
        return found
    except Exception as error:
        raise _with_context("sensor", file_path, error)


def _implements(cls, method):
    found = getattr(cls, method, None)
    return callable(found) and not getattr(found, "__isabstractmethod__", False)
