class End(BaseException):
    """As test runners raise to skip a module."""


raise End("of the tests")
