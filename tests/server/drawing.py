"""Draws conversations: usual requests, nastiness of request smuggling, cuts, pipelining, ends at any moment."""

from __future__ import annotations

from random import Random
from typing import List, Tuple

from tests.server.conversation import CANCEL, END, LOST, PAUSE, RESUME, SHUTDOWN, Step

_TARGETS = [
    *(b"/plain", b"/plain", b"/plain?x=1", b"/items/7", b"/items/7?q=a%20b", b"/items/x", b"/items/%37", b"/slow"),
    *(b"/slow?turns=0", b"/refused", b"/error", b"/response", b"/odd", b"/stream", b"/empty", b"/short", b"/request"),
    *(
        b"/client",
        b"/items/%c0%af",
        b"/items/%ed%a0%80?q=%c0%80",
        b"/items/%2e%2e%2fa",
        b"/./plain",
        b"/items/%",
        b"/a%2",
    ),
    *(b"/model", b"/model?price=x", b"/lookup/a", b"/lookup/b?c=d"),
    *(b"/background", b"/resource", b"/none", b"/plain/", b"/pl%61in", b"/items/%00", b"/items/%ff?q=%e9", b"/body"),
]
_LATE = (b"/stream", b"/empty", b"/short", b"/odd")
_ODD_TARGETS = [
    *(b"http://h/plain", b"//plain", b"*", b"/plain#x", b"/pla in", b"/\xc3\xa9", b"/\x00", b"h:443", b"plain", b""),
    *(b"h", b"https://h:443/plain?x=1", b"HTTP://h/plain", b"http://u@h/plain", b"///plain", b"\\plain", b"/plain\t"),
    *(b"/plain?a[]=1", b"/plain?", b"/plain??", b"/plain?a|b", b"/plain\x7f", b"/" + b"a" * 300, b"/plain?\xff"),
]
_METHODS = [b"GET"] * 9 + [b"HEAD", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"get", b"FOO", b"CONNECT", b"G\xc4T", b""]
_VERSIONS = [b"HTTP/1.1"] * 14 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.1 ", b"HTTP/1.10", b"http/1.1", b"HTTP/0.9", b""]
_FIELDS = [
    *(b"Host: h", b"X-Token: t", b"Accept: */*", b"User-Agent: a b", b"Connection: keep-alive", b"Connection: close"),
    *(b"Connection: Close", b"Connection: close, te", b"Connection: upgrade", b"Upgrade: h2c", b"Upgrade: websocket"),
    *(
        b"Host: other",
        b"Host:h",
        b"Host : h",
        b" Host: h",
        b"X: y\r\n z",
        b"X: y\rz",
        b"X: y\nz",
        b"X:\ty\t",
        b"X:",
        b":",
    ),
    *(b"X: \x00", b"X: \xe9", b"X\xe9: y", b"X", b"Content-Length: 3", b"Content-Length: 0", b"Content-Length: +3"),
    *(b"Content-Length: -3", b"Content-Length: 03", b"Content-Length: 3, 3", b"Content-Length: 3;", b"Content-Length:"),
    *(b"Content-Length: 99999999999999999999", b"Content-Length: 0x3", b"Content-Length: 3 3", b"Content_Length: 3"),
    *(b"Transfer-Encoding: chunked", b"Transfer-Encoding: xchunked", b"Transfer-Encoding : chunked", b"TE: trailers"),
    *(b"Transfer-Encoding:\tchunked", b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked, identity"),
    *(
        b"Transfer-Encoding: chunked, chunked",
        b"Transfer-Encoding: \x0bchunked",
        b"Transfer-Encoding:chunked ",
        b"Trailer: X",
    ),
    *(b'Transfer-Encoding: "chunked"', b"Transfer_Encoding: chunked", b"transfer-encoding: CHUNKED", b"X: y\r\n\tz"),
    *(
        b"Content-Length: 3\r\nContent-Length: 3",
        b"Content-Length: 3\r\nContent-Length: 4",
        b"Content-Length:3",
        b"X: \r",
    ),
    *(
        b"Content-Length: 3\r\n 4",
        b"Content-Length: \xb3",
        b"Content-Length: 3.0",
        b"Content-Length\t: 3",
        b"Host:",
        b"X\0: y",
    ),
    *(b"Expect: 100-continue", b"X-Forwarded-For: 1.2.3.4", b"X-Forwarded-Proto: https", b"Forwarded: for=x"),
    *(b"Keep-Alive: timeout=5", b"Proxy-Connection: close", b"Cookie: a=b", b"Content-Type: application/json"),
]
# Fields that say where a body ends, and say so twice, or in a way that two readers may understand differently.
_ENDINGS = [field for field in _FIELDS if b"ength" in field or b"ncoding" in field]
_SMUGGLED = [
    *(b"GET /items/1 HTTP/1.1\r\nHost: h\r\n\r\n", b"0\r\n\r\nGET /items/2 HTTP/1.1\r\nHost: h\r\n\r\n", b"abc"),
    *(
        b"3\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabc\r\n0\r\nX: y\r\n\r\n",
        b"3 \r\nabc\r\n0\r\n\r\n",
        b"3\nabc\n0\n\n",
        b"-3\r\nabc\r\n0\r\n\r\n",
    ),
    *(
        b'03;a="b"\r\nabc\r\n0\r\n\r\n',
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\nabc",
        b"3\r\nabcd\r\n0\r\n\r\n",
    ),
]
# The sizes around the limits of this package and of servers.
_SIZES = [8 << 10, 64 << 10, 100 << 10]
_TAILS = [
    b"",
    b"abc",
    b"3\r\nabc\r\n0\r\n\r\n",
    b"3;x=y\r\nabc\r\n0\r\n\r\n",
    b"0\r\n\r\n",
    b"\r\n",
    b"\n",
    b"\0",
    b"GET ",
]
_BODIES = [b'{"name":"pen"}', b'{"name":1}', b"{", b"", b'{"name":"' + b"x" * 3000 + b'"}']
_NASTY = [b"\r", b"\n", b"\r\n", b"\0", b" ", b"\t", b"\xff", b":", b";", b"%00", b"\x0b", b"\x7f"]


def draw_conversation(random: Random) -> List[Step]:
    """Draw the steps of one connection."""
    if random.random() < 0.08:
        return _draw_mixed(random)
    drawn = [draw_request(random) for _ in range(random.choice([1, 1, 1, 2, 2, 3]))]
    requests = [request for request, _ in drawn]
    # A response that continues in uvicorn's own protocol begins up to two turns later.
    has_late_responses = any(target in request for request in requests for target in _LATE)
    if random.random() < 0.5:
        steps = [Step(piece) for request in requests for piece in _cut(random, request)]
    else:
        # An error ends the connection, so the turn in which it arrives would decide the answers to earlier requests.
        is_sensitive = has_late_responses or any(is_odd or b"Connection: c" in request for request, is_odd in drawn)
        turns = 40 if is_sensitive else None
        steps = [Step(piece, turns or _draw_turns(random)) for piece in _cut(random, b"".join(requests))]
    if random.random() < 0.25 and not has_late_responses:
        place = random.randrange(len(steps) + 1)
        event = random.choice([END, LOST, SHUTDOWN, CANCEL])
        if event == SHUTDOWN:
            steps[place:place] = [Step(SHUTDOWN, 0)]
        elif event == CANCEL:
            # The server asks the connections to end, sleeps, and then cancels tasks.
            steps[place:place] = [Step(SHUTDOWN), Step(CANCEL, 0)]
        else:
            steps[place:] = [Step(event, _draw_turns(random))]
    if random.random() < 0.1:
        place = random.randrange(len(steps) + 1)
        steps[place:place] = [Step(PAUSE, 0)]
        steps.append(Step(RESUME))
    return steps


def _draw_mixed(random: Random) -> List[Step]:
    """Draw a long connection, which both protocols serve in turn."""
    steps = []
    for _ in range(random.randrange(3, 12)):
        target = random.choice(_TARGETS)
        method = random.choice([b"GET"] * 6 + [b"HEAD", b"OPTIONS"])
        fields = [b"Host: h", *random.sample(_FIELDS[1:5], random.randrange(2))]
        if random.random() < 0.2:
            fields.append(random.choice([b"X-Forwarded-For: 1.2.3.4", b"Content-Length: 0", b"X: \xe9"]))
        place = b"http://h" if random.random() < 0.2 else b""
        request = _join(method, place + target, b"HTTP/1.1", fields)
        late = any(each in target for each in _LATE)
        steps.append(Step(request, 40 if late or random.random() < 0.8 else _draw_turns(random)))
    return steps


def _draw_turns(random: Random) -> int:
    return random.choice([0, 1, 2, 3, 5, 40])


def _cut(random: Random, data: bytes) -> List[bytes]:
    """Cut bytes into pieces, usually into one."""
    if random.random() < 0.6 or len(data) < 2:
        return [data]
    places = sorted(random.randrange(1, len(data)) for _ in range(random.choice([1, 1, 2, 5])))
    return [data[start:end] for start, end in zip([0, *places], [*places, len(data)]) if start < end]


def draw_request(random: Random) -> Tuple[bytes, bool]:
    """Draw a request, and whether a server may refuse to read it."""
    kind = random.random()
    if kind < 0.002:
        return _draw_long(random), True
    if kind < 0.04:
        return _draw_smuggling(random), True
    if kind < 0.2:
        return _draw_post(random), True
    if kind < 0.6:
        return _draw_usual(random), False
    request = _draw_odd(random) if kind < 0.9 else _draw_usual(random)
    if random.random() < 0.2:
        place = random.randrange(len(request) + 1)
        request = request[:place] + random.choice(_NASTY) + request[place + random.randrange(3) :]
    return request, True


def _draw_usual(random: Random) -> bytes:
    fields = [b"Host: h", *random.sample(_FIELDS[1:6], random.randrange(3))]
    return _join(b"GET", random.choice(_TARGETS), b"HTTP/1.1", fields)


def _draw_post(random: Random) -> bytes:
    if random.random() < 0.2:
        body, target, kind = b"name=pen", b"/form", b"application/x-www-form-urlencoded"
    else:
        target = random.choice([b"/body", b"/body", b"/checked"])
        body, kind = random.choice(_BODIES), random.choice([b"application/json"] * 5 + [b"text/plain"])
    length = len(body) + random.choice([0] * 8 + [1, -1, 3])
    fields = [b"Host: h", b"Content-Type: " + kind, b"Content-Length: %d" % length]
    return _join(b"POST", target, b"HTTP/1.1", fields) + body


def _draw_smuggling(random: Random) -> bytes:
    """Draw a request whose body ends in different places for different readers, and a request behind it."""
    fields = [b"Host: h", b"Content-Type: application/json", *random.choices(_ENDINGS, k=random.choice([1, 2, 2, 3]))]
    random.shuffle(fields)
    head = _join(b"POST", random.choice([b"/body", b"/form", b"/plain"]), b"HTTP/1.1", fields)
    return head + random.choice(_SMUGGLED) + random.choice([b"", b"GET /plain HTTP/1.1\r\nHost: h\r\n\r\n"])


def _draw_long(random: Random) -> bytes:
    """Draw a request near a limit: with a long target, a long field, many fields, or a long body."""
    size = random.choice(_SIZES) - random.randrange(200)
    kind = random.choice(["target", "field", "fields", "body"])
    if kind == "target":
        return _join(b"GET", b"/plain?q=" + b"a" * size, b"HTTP/1.1", [b"Host: h"])
    if kind == "field":
        return _join(b"GET", b"/plain", b"HTTP/1.1", [b"Host: h", b"X: " + b"a" * size])
    if kind == "fields":
        return _join(b"GET", b"/plain", b"HTTP/1.1", [b"Host: h", *[b"X: y"] * random.choice([37, 38, 39, 40, 200])])
    body = b'{"name":"' + b"x" * size + b'"}'
    fields = [b"Host: h", b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
    return _join(b"POST", b"/body", b"HTTP/1.1", fields) + body


def _draw_odd(random: Random) -> bytes:
    targets = _TARGETS if random.random() < 0.6 else _ODD_TARGETS
    fields = [random.choice(_FIELDS) for _ in range(random.randrange(4))]
    if random.random() < 0.8:
        fields.insert(random.randrange(len(fields) + 1), b"Host: h")
    end = random.choice([b"\r\n"] * 12 + [b"\n", b"\r", b"\r\r\n"])
    head = _join(random.choice(_METHODS), random.choice(targets), random.choice(_VERSIONS), fields, end)
    return head + random.choice(_TAILS)


def _join(method: bytes, target: bytes, version: bytes, fields: List[bytes], end: bytes = b"\r\n") -> bytes:
    return end.join([method + b" " + target + b" " + version, *fields, b"", b""])
