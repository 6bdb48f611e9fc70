# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Makes the classes of this package known to transformers' Auto classes, and so to pipelines, without importing them.

transformers' mappings hold classes, and importing ours takes torch and a Japanese dictionary. Nothing of that is
imported with this package: registration waits until the module of an Auto class is imported (which `AutoModel` or
`pipeline` do). Except for the config, a stand-in is registered then, which imports its class when it is first used
(docs/decisions/0018).
"""

import importlib
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any


_AUTO_PACKAGE = "transformers.models.auto"
_WATCHED_PACKAGES = ("transformers", __package__)


# The config of every family, which decides what an Auto class returns: its folder under `models`, and its name.
_CONFIGS = {"tsukasa": "TsukasaConfig", "clvp": "TsukasaClvpConfig", "valle": "VallEConfig"}


def _import_class(family: str, module: str, name: str) -> Any:
    return getattr(importlib.import_module(f".models.{family}.{module}_{family}", __package__), name)


def _config_class(family: str) -> Any:
    return _import_class(family, "configuration", _CONFIGS[family])


class _StandInType(type):
    """Type of a class that stands in for the one of the same name in `_module` of a family: it answers as that does.

    The class is imported by the first question other than its name and its config, and takes the place of its stand-in
    in the mappings then.
    """

    _family: str
    _module: str

    @property
    def config_class(cls) -> type:
        """The config of the class, which transformers compares on registration."""
        return _config_class(cls._family)

    def __getattr__(cls, name: str) -> Any:
        return getattr(cls._real_class(), name)

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        return cls._real_class()(*args, **kwargs)

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, cls._real_class())

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, cls._real_class())

    def _real_class(cls) -> type:
        real_class = _import_class(cls._family, cls._module, cls.__name__)
        for module_name, auto_classes in _AUTO_CLASSES.items():
            for auto_class, stand_ins in auto_classes.items():
                if cls in stand_ins and module_name in sys.modules:
                    getattr(sys.modules[module_name], auto_class).register(cls.config_class, real_class, exist_ok=True)
        return real_class


class TsukasaModelForConditionalGeneration(metaclass=_StandInType):
    """Stands in for the model."""

    _family, _module = "tsukasa", "modeling"


class TsukasaTokenizer(metaclass=_StandInType):
    """Stands in for the tokenizer."""

    _family, _module = "tsukasa", "tokenization"


class TsukasaFeatureExtractor(metaclass=_StandInType):
    """Stands in for the feature extractor."""

    _family, _module = "tsukasa", "feature_extraction"


class TsukasaProcessor(metaclass=_StandInType):
    """Stands in for the processor."""

    _family, _module = "tsukasa", "processing"


class TsukasaClvpModel(metaclass=_StandInType):
    """Stands in for the contrastive model of speech and text."""

    _family, _module = "clvp", "modeling"


class VallEForConditionalGeneration(metaclass=_StandInType):
    """Stands in for the model of VALL-E."""

    _family, _module = "valle", "modeling"


class VallETokenizer(metaclass=_StandInType):
    """Stands in for the tokenizer of VALL-E."""

    _family, _module = "valle", "tokenization"


class VallEProcessor(metaclass=_StandInType):
    """Stands in for the processor of VALL-E."""

    _family, _module = "valle", "processing"


# By module of transformers: its Auto classes, and what each returns for the config of a family (AutoConfig that one).
_AUTO_CLASSES: dict[str, dict[str, tuple[_StandInType, ...]]] = {
    f"{_AUTO_PACKAGE}.configuration_auto": {"AutoConfig": ()},
    f"{_AUTO_PACKAGE}.modeling_auto": {
        "AutoModel": (TsukasaModelForConditionalGeneration, TsukasaClvpModel, VallEForConditionalGeneration),
        "AutoModelForTextToWaveform": (TsukasaModelForConditionalGeneration,),
    },
    f"{_AUTO_PACKAGE}.tokenization_auto": {"AutoTokenizer": (TsukasaTokenizer, VallETokenizer)},
    f"{_AUTO_PACKAGE}.feature_extraction_auto": {"AutoFeatureExtractor": (TsukasaFeatureExtractor,)},
    f"{_AUTO_PACKAGE}.processing_auto": {"AutoProcessor": (TsukasaProcessor, VallEProcessor)},
}


def _register_with(module: ModuleType) -> None:
    """Registers our classes with the Auto classes of one module of transformers."""
    for name, stand_ins in _AUTO_CLASSES[module.__name__].items():
        auto_class = getattr(module, name)
        for family in () if stand_ins else _CONFIGS:
            config_class = _config_class(family)
            auto_class.register(config_class.model_type, config_class, exist_ok=True)
        for stand_in in stand_ins:
            auto_class.register(stand_in.config_class, stand_in, exist_ok=True)


class _Registrar:
    """Registers our classes with each module of Auto classes once it is loaded and no import is under way.

    Most of transformers is imported in the middle of importing something else of it, where importing our config would
    meet modules that are not complete yet.
    """

    def __init__(self) -> None:
        self._pending = set(_AUTO_CLASSES)
        self._imports = threading.local()

    @contextmanager
    def importing(self, name: str | None = None) -> Iterator[None]:
        """Wraps the import of a module; after the outermost one of a thread, pending classes are registered."""
        depth = getattr(self._imports, "depth", 0)
        self._imports.depth = depth + 1
        try:
            yield
            if name in _AUTO_CLASSES:
                self._pending.add(name)  # again, when the module was reloaded and its Auto classes are new
            if depth == 0:
                self._register_loaded()
        finally:
            self._imports.depth = depth

    def _register_loaded(self) -> None:
        # Importing our config may import further modules of Auto classes, hence until there is none.
        while loaded := [name for name in tuple(self._pending) if _is_loaded(name)]:
            # No longer pending only after that: another thread must not continue before. That both may register them
            # is harmless, while a lock could wait for a module that the other thread is importing.
            for name in loaded:
                _register_with(sys.modules[name])
            self._pending.difference_update(loaded)


def _is_loaded(auto_module: str) -> bool:
    """Whether a module of Auto classes has them, and was not only begun by another thread."""
    module = sys.modules.get(auto_module)
    return module is not None and all(hasattr(module, name) for name in _AUTO_CLASSES[auto_module])


class _WatchedLoader(Loader):
    """Loads a module as `loader` does, and has the registrar follow it."""

    def __init__(self, loader: Loader, registrar: _Registrar) -> None:
        self._loader, self._registrar = loader, registrar

    def __getattr__(self, name: str) -> Any:
        # `python -m`, `inspect` and `importlib.resources` ask the loader of a spec for the code, the source and files.
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        # Other users of the module's loader, such as `inspect`, get its own.
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        with self._registrar.importing(module.__name__):
            self._loader.exec_module(module)


class _WatchingFinder(MetaPathFinder):
    """Finds the modules of transformers and of this package as the other finders do, and watches them being loaded."""

    def __init__(self, registrar: _Registrar) -> None:
        self._registrar = registrar
        self._searches = threading.local()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        searched: set[str] = self._searches.__dict__.setdefault("names", set())
        if fullname.partition(".")[0] not in _WATCHED_PACKAGES or fullname in searched:
            return None
        # Another package's finder of this kind would ask this one again, without end.
        searched.add(fullname)
        try:
            spec = self._find_by_others(fullname, path, target)
        finally:
            searched.remove(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _WatchedLoader(spec.loader, self._registrar)
        return spec

    def _find_by_others(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None
    ) -> ModuleSpec | None:
        for finder in tuple(sys.meta_path):
            spec = None if finder is self else finder.find_spec(fullname, path, target)
            if spec is not None:
                return spec
        return None


def _is_former_finder(finder: Any) -> bool:
    kind = type(finder)
    return (kind.__module__, kind.__qualname__) == (_WatchingFinder.__module__, _WatchingFinder.__qualname__)


def register_auto_classes_on_import() -> None:
    """Registers our classes with the Auto classes imported so far, and with each of the others when it is imported.

    A finder of this module as it was before it was reloaded, or removed from `sys.modules`, is replaced.
    """
    if any(type(finder) is _WatchingFinder for finder in sys.meta_path):
        return
    sys.meta_path[:] = [finder for finder in sys.meta_path if not _is_former_finder(finder)]
    registrar = _Registrar()
    sys.meta_path.insert(0, _WatchingFinder(registrar))
    with registrar.importing():
        pass


def register_auto_classes() -> None:
    """Registers config, model, tokenizer, feature extractor and processor at once; harmless when done twice.

    Importing this package is enough for the Auto classes to find them; call this to have all of them imported.
    """
    for name, auto_classes in _AUTO_CLASSES.items():
        _register_with(importlib.import_module(name))
        for stand_in in (each for stand_ins in auto_classes.values() for each in stand_ins):
            stand_in._real_class()


__all__ = ["register_auto_classes", "register_auto_classes_on_import"]
