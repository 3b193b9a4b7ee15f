"""Reads every source of the settings once and reports all problems at once, by key."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource

from fin_agent.composition.key_like import key_problems
from fin_agent.composition.live_acts import missing_acts
from fin_agent.composition.plain_yaml import yaml_value
from fin_agent.composition.secrets import Secrets, read_secrets
from fin_agent.composition.settings import AppSettings
from fin_agent.domain.errors import ConfigError

_ENV_PREFIX = "FIN_AGENT__"


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line and the environment say about configuration and place."""

    config: Path | None = None
    profile: str | None = None
    assignments: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings with where they came from; relative files are looked up beside ``base``."""

    settings: AppSettings
    base: Path
    files: tuple[Path, ...]
    secrets: Secrets
    choices: Choices = Choices()


def load(choices: Choices, environment: Mapping[str, str] | None = None) -> Loaded:
    """The settings from defaults, files, environment and assignments.

    Raises:
        ConfigError: with one problem for each thing that is wrong.
    """
    environment = os.environ if environment is None else environment
    main = _main_file(choices.config)
    base = main.parent if main is not None else embedded_folder()
    files = [main] if main is not None else []
    if choices.profile is not None:
        files.append(_profile_file(choices.profile, base))
    problems: list[str] = []
    layers = [_read(path, problems) for path in files]
    assigned = _assigned(choices.assignments, problems)
    problems += _unknown_variables(environment)
    for layer in (*layers, assigned):
        problems += key_problems(layer)
    if problems:
        raise ConfigError(problems)
    try:
        settings = _validated([*layers, assigned], environment)
    except ValidationError as error:
        raise ConfigError([_problem(item) for item in error.errors()]) from error
    channels = [choice.known_as for choice in settings.notifications]
    secrets = read_secrets(environment, channels)
    problems = missing_acts(settings, choices.profile, secrets)
    if problems:
        raise ConfigError(problems)
    return Loaded(settings, base, tuple(files), secrets, choices)


def embedded_folder() -> Path:
    """Where the shipped ``config.yaml`` and ``config/`` are: in the wheel, or in the checkout."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "embedded"
    return shipped if shipped.is_dir() else package.parents[1]


def _main_file(config: Path | None) -> Path | None:
    if config is not None:
        if not config.is_file():
            raise ConfigError([f"--config {config}: no such file"])
        return config.resolve()
    here = Path("config.yaml")
    if here.is_file():
        return here.resolve()
    shipped = embedded_folder() / "config.yaml"
    return shipped if shipped.is_file() else None


def _profile_file(profile: str, base: Path) -> Path:
    places = [base / "config", embedded_folder() / "config"]
    for place in places:
        path = place / f"{profile}.yaml"
        if path.is_file():
            return path
    known = sorted({p.stem for place in places if place.is_dir() for p in place.glob("*.yaml")})
    raise ConfigError([f"--profile {profile}: not found; there are {', '.join(known)}"])


def _read(path: Path, problems: list[str]) -> dict[str, Any]:
    try:
        loaded = yaml_value(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problems.append(f"{path}: cannot be read as YAML: {' '.join(str(error).split())}")
        return {}
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        problems.append(f"{path}: must hold keys and values, was {type(loaded).__name__}")
        return {}
    strange = [key for key in loaded if not isinstance(key, str)]
    problems += [f"{path}: unknown key {key!r}; keys are words" for key in strange]
    return {} if strange else loaded


def _assigned(assignments: Sequence[str], problems: list[str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for text in assignments:
        key, separator, value = text.partition("=")
        if not separator or not key.strip():
            problems.append(f"--set {text}: write it as key=value, for example risk.max_entries=3")
            continue
        try:
            parsed = yaml_value(value)
        except yaml.YAMLError:
            parsed = value
        _plant(tree, key.strip().split("."), parsed)
    return tree


def _plant(tree: dict[str, Any], path: Sequence[str], value: object) -> None:
    for name in path[:-1]:
        child = tree.setdefault(name, {})
        if not isinstance(child, dict):
            child = tree[name] = {}
        tree = child
    tree[path[-1]] = value


def _unknown_variables(environment: Mapping[str, str]) -> list[str]:
    names = list(AppSettings.model_fields)
    return [
        f"environment {name}: unknown key{_nearest(first, names)}"
        for name in sorted(environment)
        if name.upper().startswith(_ENV_PREFIX)
        and (first := name[len(_ENV_PREFIX) :].split("__")[0].lower()) not in names
    ]


def _validated(layers: Sequence[dict[str, Any]], environment: Mapping[str, str]) -> AppSettings:
    class Sources(AppSettings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,
            file_secret_settings: PydanticBaseSettingsSource,
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            del env_settings, dotenv_settings, file_secret_settings
            variables = _Variables(settings_cls, environment)
            files = [_Layer(settings_cls, layer) for layer in reversed(layers[:-1])]
            return (init_settings, variables, *files)

    found = Sources(**layers[-1])
    return AppSettings.model_construct(**{n: getattr(found, n) for n in AppSettings.model_fields})


class _Variables(EnvSettingsSource):
    def __init__(self, settings_cls: type[BaseSettings], environment: Mapping[str, str]) -> None:
        self._environment = environment
        super().__init__(settings_cls)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return {name.lower(): value for name, value in self._environment.items()}

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:  # noqa: ANN401 - the base class says so
        """Lists and sections are YAML, as with ``--set``; what is none is refused by its key."""
        del field_name, field
        try:
            return yaml_value(value)
        except yaml.YAMLError:
            return value


class _Layer(PydanticBaseSettingsSource):
    """One YAML file as a source."""

    def __init__(self, settings_cls: type[BaseSettings], values: dict[str, Any]) -> None:
        super().__init__(settings_cls)
        self._values = values

    def get_field_value(self, field: object, field_name: str) -> tuple[Any, str, bool]:
        del field
        return self._values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        return self._values


def _problem(error: Mapping[str, Any]) -> str:
    path = [str(part) for part in error["loc"]]
    key = ".".join(path) or "settings"
    if error["type"] == "extra_forbidden":
        return f"{key}: unknown key{_nearest(path[-1], _names_at(path[:-1]))}"
    message = str(error["msg"]).removeprefix("Value error, ").replace("Input should", "must")
    if error["type"] == "value_error":
        return f"{key}: {message}"
    return f"{key}: {message}, was {error['input']!r}"


def _names_at(path: Sequence[str]) -> list[str]:
    model: type[BaseModel] = AppSettings
    for name in path:
        field = model.model_fields.get(name)
        if field is None:
            continue
        found = [t for t in (field.annotation, *get_args(field.annotation)) if _is_model(t)]
        if found:
            model = found[0]
    return list(model.model_fields)


def _is_model(candidate: object) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def _nearest(name: str, names: Sequence[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(names)}"
