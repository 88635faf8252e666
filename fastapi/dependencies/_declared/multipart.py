"""A check that forms can be parsed: that python-multipart is installed."""

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
    """Raise `RuntimeError` unless python-multipart can be imported, in old versions under the name `multipart`."""
    try:
        from python_multipart import __version__

        # Up to version 0.0.12 the package also installs itself as `multipart`, and is checked under that name.
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
        # Another project is also called `multipart`; it has no such function.
        parser = import_module("multipart.multipart")
        assert parser.parse_options_header
    except (ImportError, AttributeError):
        logger.error(multipart_incorrect_install_error)
        raise RuntimeError(multipart_incorrect_install_error) from None
