"""A session of one agent as HAR files, each in the manner of a program that writes them:
their shapes, not their text."""

import gzip
import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone

HOST = "gws.example.test"
WORK = ["Transfer", "AttachUserData", "UpdateUserData", "DeleteUserData", "SetInFocus", "Complete"]
START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def shows(interaction, state, capabilities=(), **more):
    resource = {"id": interaction, "state": state, "capabilities": list(capabilities)}
    return {
        "channel": "/v2/me/workitems",
        "data": {"messageType": "WorkitemStateChangeMessage", "notificationType": "StatusChange", "workitem": resource,
            **more},
    }  # fmt: skip


def poll(start, duration, *messages):
    sent = [{"channel": "/meta/connect", "clientId": "c1", "connectionType": "long-polling", "id": "9"}]
    batch = [*messages, {"channel": "/meta/connect", "id": "9", "successful": True}]
    return start, duration, "/api/v2/notifications/connect", sent, batch


def asks(start, interaction, operation, number, duration=40):
    path = f"/api/v2/me/workitems/{interaction}"
    return start, duration, path, {"operationName": operation}, {"statusCode": 0, "referenceId": number}


SESSION = (
    poll(0, 1500, shows("W1", "Invited", ["Accept", "Reject"])),
    poll(1600, 600, shows("W1", "Processing", WORK, referenceId=5)),
    asks(2000, "W1", "Accept", 5),
    poll(2300, 7900, shows("W1", "Completed", referenceId=6)),
    asks(10_000, "W1", "Complete", 6),
    poll(10_300, 2000, shows("W2", "Invited", ["Accept", "Reject"])),
    poll(12_400, 2000, shows("W2", "Processing", WORK, referenceId=7)),
    asks(13_000, "W2", "Accept", 7),
)
FAULT = (*SESSION, asks(20_000, "W1", "SetInFocus", 8))
"""The same, and then an operation on what has ended, answered as done."""
GET = "GET"


def entry(step, **more):
    """An entry with what HAR 1.2 requires."""
    start, duration, path, sent, said = step
    text = json.dumps(said)
    return {
        "startedDateTime": (START + timedelta(milliseconds=start)).isoformat().replace("+00:00", "Z"),
        "time": duration,
        "request": {
            "method": "POST", "url": f"https://{HOST}{path}", "httpVersion": "HTTP/1.1", "headers": [],
                "queryString": [],
            "cookies": [], "headersSize": -1, "bodySize": len(json.dumps(sent)),
            "postData": {"mimeType": "application/json", "text": json.dumps(sent)},
        },
        "response": {
            "status": 200, "statusText": "OK", "httpVersion": "HTTP/1.1", "headers": [], "cookies": [],
                "redirectURL": "",
            "content": {"size": len(text), "mimeType": "application/json", "text": text}, "headersSize": -1,
                "bodySize": len(text),
        },
        "cache": {}, "timings": {"send": 0, "wait": duration, "receive": 0}, **more,
    }  # fmt: skip


def har(entries, name="recorder", **more):
    return {"log": {"version": "1.2", "creator": {"name": name, "version": "1"}, "entries": list(entries), **more}}


def base64(said):
    return b64encode(said if isinstance(said, bytes) else json.dumps(said).encode()).decode()


# --- as they are written --------------------------------------------------------------------------------------------


def chrome(steps):
    entries = []
    for step in steps:
        each = entry(step, _initiator={"type": "script", "stack": {"callFrames": []}}, _priority="High")
        each |= {"_resourceType": "xhr", "connection": "443", "pageref": "page_1", "serverIPAddress": "192.0.2.1"}
        each["time"] = step[1] + 0.3340000000407454
        each["timings"] = {"blocked": 0.3, "dns": -1, "ssl": -1, "connect": -1, "send": 0.034, "wait": step[1],
            "receive": 0, "_blocked_queueing": 0.2}  # fmt: skip
        each["response"] |= {"bodySize": -1, "_transferSize": 0, "_error": None}
        entries.append(each)
    script = entry((5, 3, "/static/app.js", None, "x"), _resourceType="script")
    script["request"] |= {"method": GET, "bodySize": 0}
    del script["request"]["postData"]
    script["response"]["content"] = {"size": 20, "mimeType": "text/javascript", "text": "for (const x of []) {}"}
    return har([script, *entries], "WebInspector", pages=[{"id": "page_1", "title": "Desktop", "pageTimings": {}}])


def firefox(steps):
    entries = []
    for step in steps:
        each = entry(step, pageref="page_1", serverIPAddress="192.0.2.1", connection="443")
        local = datetime.fromisoformat(each["startedDateTime"]).astimezone(timezone(timedelta(hours=1)))
        each["startedDateTime"] = local.isoformat(timespec="milliseconds")
        each["request"]["postData"] |= {"params": []}
        each["timings"] = {"blocked": 0, "dns": 0, "connect": 0, "ssl": 0, "send": 0, "wait": step[1], "receive": 0}
        each["_securityState"] = "secure"
        entries.append(each)
    return har(entries, "Firefox", browser={"name": "Firefox", "version": "140.0"})


def safari(steps):
    entries = []
    for step in steps:
        each = entry(step, _fetchType="Network Load", _priority="medium", pageref="page_0")
        each["timings"] = {
            "blocked": -1,
            "dns": -1,
            "connect": -1,
            "ssl": -1,
            "send": 0.1,
            "wait": step[1],
            "receive": 0.2,
        }
        each["response"]["content"] |= {"compression": 0, "text": base64(step[4]), "encoding": "base64"}
        entries.append(each)
    return har(entries, "WebKit Web Inspector", pages=[])


def playwright(steps):
    """It measures parts, and has no time of the whole until the page is closed."""
    entries = []
    for step in steps:
        each = entry(step, _frameref="frame@1", _monotonicTime=step[0] + 0.5, pageref="page@1")
        each["time"] = -1
        each["timings"] = {"dns": -1, "connect": -1, "ssl": -1, "send": 0, "wait": step[1], "receive": 0.4}
        entries.append(each)
    return har(entries, "Playwright", browser={"name": "chromium", "version": "1"}, pages=[])


def mitmproxy(steps):
    entries = []
    for step in steps:
        each = entry(step, serverIPAddress="192.0.2.1")
        each["request"]["headers"] = [{"name": "Content-Type", "value": "application/json"}]
        each["request"]["postData"]["params"] = []
        each["response"]["headers"] = [{"name": "Content-Encoding", "value": "gzip"}]
        each["response"]["content"] |= {"encoding": "base64", "compression": 0,
            "text": base64(gzip.compress(json.dumps(step[4]).encode()))}  # fmt: skip
        each["timings"] = {"connect": -1.0, "ssl": -1.0, "send": 0.0, "receive": 0.0, "wait": float(step[1])}
        entries.append(each)
    return har(reversed(entries), "mitmproxy")


def charles(steps):
    entries = []
    for step in steps:
        each = entry(step)
        local = datetime.fromisoformat(each["startedDateTime"]).astimezone(timezone(timedelta(hours=-5)))
        each["startedDateTime"] = local.isoformat(timespec="milliseconds")
        each["request"]["url"] = each["request"]["url"].replace(HOST, f"{HOST}:8443")
        each["response"]["_charlesStatus"] = "COMPLETE"
        each["response"]["content"]["text"] = base64(step[4])
        each["response"]["content"]["encoding"] = "base64"
        each["timings"] = {"dns": None, "connect": None, "ssl": None, "send": 1, "wait": step[1], "receive": 0}
        entries.append(each)
    return har(entries, "Charles Proxy")


def fiddler(steps):
    """It writes seven digits of a second, and a connection that is not opened as 0."""
    entries = []
    for number, step in enumerate(steps):
        each = entry(step, comment=f"[#{number}]", connection="ClientPort:50123; EgressPort:50124")
        each["startedDateTime"] = (
            each["startedDateTime"].removesuffix("Z").split(".")[0] + f".{step[0] % 1000:03}0000+00:00"
        )
        each["timings"] = {"dns": 0, "connect": 0, "ssl": 0, "send": 0, "wait": step[1], "receive": 0}
        each["response"]["content"]["compression"] = 0
        each["request"]["method"] = "post"
        entries.append(each)
    return har(entries, "Fiddler", pages=[], comment="exported @ 2026-03-02")


def plain(steps):
    return har(map(entry, steps))


WRITERS = (plain, chrome, firefox, safari, playwright, mitmproxy, charles, fiddler)


def records(steps):
    """A session as records, in the order of time; and when each of its exchanges ended."""
    timed, began = [], START.timestamp()
    for number, (start, duration, path, sent, said) in enumerate(steps):
        end = began + (start + duration) / 1000
        if isinstance(sent, dict):
            seq = 100 + number
            asked = {"seq": seq, "agent": "a1", "kind": "request", "method": "POST", "path": path, "body": sent}
            reply = {
                "seq": 200 + number,
                "agent": "a1",
                "kind": "response",
                "status": 200,
                "answers": seq,
                "body": said,
            }
            timed += [(began + start / 1000, asked), (end, reply)]
        else:
            frames = [frame for frame in said if "data" in frame]
            timed += [
                (end, {"seq": 300 + 10 * number + at, "agent": "a1", "kind": "notification", **frame})
                for at, frame in enumerate(frames)
            ]
    return [{**record, "ts": time} for time, record in sorted(timed, key=lambda each: each[0])]
