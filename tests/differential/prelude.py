import ast as _ast

EVENTS: list = []  # the side effects of the current request, in order
PLAN: dict = {}  # point of the program -> the text that the current request runs there


def note(*what):
    EVENTS.append(["note", *what])


def at(point, **seen):
    """Run the text of the current request for this point, and return a coroutine if the text awaits."""
    note(point)
    if point in PLAN:
        code = compile(PLAN[point], point, "exec", _ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        return eval(code, {**globals(), **seen})


async def on(point, **seen):
    if (rest := at(point, **seen)) is not None:
        await rest
