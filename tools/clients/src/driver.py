"""Calls python-digitalocean as told by lines of JSON, and answers each with one."""
import json
import sys

import digitalocean

HIDDEN = {"token", "tokens", "end_point"}


def plain(value):
    """What can be said in JSON of a result: objects by their attributes, without tokens."""
    if isinstance(value, list):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if key not in HIDDEN}
    if isinstance(value, digitalocean.baseapi.BaseAPI):
        return plain({k: v for k, v in vars(value).items() if not k.startswith("_")})
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)


def perform(order):
    current = getattr(digitalocean, order["type"])(**order["attributes"])
    for name, *args in order["calls"]:
        result = getattr(current, name)(*args)
        # Some give nothing but change their object, and some say of it that it went well.
        current = current if result is None or result is True else result
    return plain(current)


for line in sys.stdin:
    request = json.loads(line)
    try:
        answer = {"id": request["id"], "value": perform(request)}
    except Exception as error:  # whatever it is: its user would see it
        answer = {"id": request["id"], "error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
