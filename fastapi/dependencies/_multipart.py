"""Whether forms can be parsed at all."""

from __future__ import annotations

from importlib import import_module

from fastapi.logger import logger

multipart_not_installed_error = (
    'Form data requires "python-multipart" to be installed. \n'
    'You can install "python-multipart" with: \n\n'
    "pip install python-multipart\n"
)
multipart_incorrect_install_error = (
    'Form data requires "python-multipart" to be installed. '
    'It seems you installed "multipart" instead. \n'
    'You can remove "multipart" with: \n\n'
    "pip uninstall multipart\n\n"
    'And then install "python-multipart" with: \n\n'
    "pip install python-multipart\n"
)


def ensure_multipart_is_installed() -> None:
    """Raise `RuntimeError` unless python-multipart is there, under its own name or, in old versions, as `multipart`."""
    try:
        from python_multipart import __version__

        # Version 0.0.12 is the last one that also installs itself as `multipart`; it is checked under that name.
        assert __version__ > "0.0.12"
    except (ImportError, AssertionError):
        _check_old_multipart()


def _check_old_multipart() -> None:
    try:
        assert import_module("multipart").__version__
    except (ImportError, AttributeError):
        logger.error(multipart_not_installed_error)
        raise RuntimeError(multipart_not_installed_error) from None
    try:
        # The other project of that name has no such function.
        parser = import_module("multipart.multipart")
        assert parser.parse_options_header
    except (ImportError, AttributeError):
        logger.error(multipart_incorrect_install_error)
        raise RuntimeError(multipart_incorrect_install_error) from None
