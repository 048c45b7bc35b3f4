"""What is asked: the same text each time, another payment or reservation in the variables."""

from dataclasses import dataclass
from typing import Any

from benchmarks.data import PER_RESERVATION, id_of

FIELDS = """id status type amount { amount currency } userId provider providerPaymentId payer { email } description
metadata createdAt updatedAt"""
ALIASES = 20


@dataclass(frozen=True, slots=True)
class Workload:
    name: str
    title: str
    text: str
    lua: str
    """The variables of one request, as a Lua expression of JSON; `number()` is one of the payments'."""
    sample: dict[str, Any]
    """One request's variables, for the check that all servers give the same."""


def _aliases() -> str:
    names = [f"p{number}" for number in range(ALIASES)]
    declared = ", ".join(f"${name}: ID!" for name in names)
    fields = " ".join(f"{name}: payment(id: ${name}) {{ {FIELDS} }}" for name in names)
    return f"query W4({declared}) {{ {fields} }}"


_ID = """'"00000000-0000-7000-8000-' .. string.format("%012x", {number}) .. '"'"""
W1 = Workload(
    "W1",
    "a payment by id",
    f"query W1($id: ID!) {{ payment(id: $id) {{ {FIELDS} }} }}",
    """'{"id":' .. """ + _ID.format(number="number()") + """ .. '}'""",
    {"id": id_of(4711)},
)
W2 = Workload(
    "W2",
    f"a reservation's {PER_RESERVATION} payments",
    f"query W2($id: ID!) {{ payments(reservationId: $id, first: 20) {{ nodes {{ {FIELDS} }} }} }}",
    """'{"id":' .. """ + _ID.format(number=f"math.floor(number() / {PER_RESERVATION})") + """ .. '}'""",
    {"id": id_of(471)},
)
W3 = Workload(
    "W3",
    "100 payments of 12 fields",
    f"query W3 {{ payments(first: 100) {{ nodes {{ {FIELDS} }} }} }}",
    "'{}'",
    {},
)
W4 = Workload(
    "W4",
    f"{ALIASES} aliases of payment",
    _aliases(),
    "aliases()",
    {f"p{number}": id_of(number * 97) for number in range(ALIASES)},
)
ALL = (W1, W2, W3, W4)

LUA = """
local text = %(text)s
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = %(authorization)s
function init(args) math.randomseed(tonumber(tostring({}):sub(8), 16) %% 2147483647) end
function number() return math.random(0, %(last)d) end
function aliases()
  local parts = {}
  for n = 0, %(aliases)d - 1 do
    parts[#parts + 1] = string.format('"p%%d":"00000000-0000-7000-8000-%%012x"', n, number())
  end
  return "{" .. table.concat(parts, ",") .. "}"
end
function request()
  return wrk.format(nil, nil, nil, '{"query":' .. text .. ',"variables":' .. %(variables)s .. '}')
end
function response(status, headers, body)
  if status ~= 200 or body:sub(1, 9) ~= '{"data":{' or not body:find("}}%%s*$", -4) then
    error("a request failed: " .. body)
  end
end
"""
"""`errors` would come before the data or after them; a search for the word took half of wrk's time for long answers."""
