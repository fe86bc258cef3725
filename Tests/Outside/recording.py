"""recording.py RECORDING.json SCHEMA.json: the recording is as the schema says, and its counters and findings
are what a recount of its trees, pages and blocks gives."""
import json
import pathlib
import sys

import jsonschema


def recount(state, step):
    entries = state["tree"]["entries"].values()
    exceptional = sum(entry["kind"] in ("dax-pte", "dax-pmd", "shadow") for entry in entries)
    swapped = sum(entry["kind"] == "swap" for entry in entries)
    counted = {"nrpages": len(entries) - exceptional - swapped, "nrexceptional": exceptional}
    if swapped or "swapped" in state["counters"]:
        counted["swapped"] = swapped
    for name, count in counted.items():
        found = state["counters"][name]["counted"]
        assert found == count, f"step {step['step']}: {name} counted {found}, there are {count}"


def check_tags(state, step):
    """The bottom nodes say the same as the entries."""
    entries = state["tree"]["entries"].values()
    for tag in ("dirty", "writeback", "towrite"):
        bits = {
            node["index"] + bit for node in state["tree"]["nodes"].values() if node["height"] == 1
            for bit in range(64) if int(node[tag], 16) >> bit & 1}
        if state["tree"]["height"] > 0:
            tagged = {entry["index"] for entry in entries if tag in entry["tags"]}
            assert bits == tagged, f"step {step['step']}: {tag} {bits} is not {tagged}"


def findings(state):
    """Those that can be judged from one moment alone."""
    found = set()
    for name, counter in state["counters"].items():
        # info->swapped changes outside of tree_lock, before and after the tree does.
        if name != "swapped" and counter["recorded"] != counter["counted"]:
            found.add(("miscount", name))
    in_tree = {entry["page"] for entry in state["tree"]["entries"].values() if "page" in entry}
    for page in state["pages"].values():
        if page["mapping"] and page["references"] > 0 and "locked" not in page["flags"]:
            if page["page"] not in in_tree:
                found.add(("leaked-page", page["page"]))
    covered = -1
    for _, entry in sorted(state["tree"]["entries"].items()):
        if entry["index"] <= covered:
            found.add(("overlap", entry["index"]))
        elif entry["kind"] == "dax-pmd":
            covered = entry["index"] + 511
    return found


# What tells the items of each list apart.
KEYS = {
    "nodes": ("height", "index"), "entries": "index", "tasks": "name", "mappings": "number", "ptes": "page",
    "pmds": "page", "blocks": "first", "memory": "block", "pages": "page",
}


def key_of(name, item):
    if name == "findings":
        return json.dumps({name: item[name] for name in sorted(item) if name not in ("born", "seen")})
    keys = KEYS[name]
    return tuple(item[key] for key in keys) if isinstance(keys, tuple) else item[keys]


def gone_key(name, item):
    return key_of(name, item) if isinstance(item, dict) else item


def apply(state, change):
    """The whole state, from that of the step before and what the step says of it."""
    for name, value in change.items():
        # The `pages` of a mapping are a number.
        if (name in KEYS or name == "findings") and isinstance(value, dict):
            items = state.setdefault(name, {})
            for item in value.get("gone", []):
                del items[gone_key(name, item)]
            for item in value.get("set", []):
                key = key_of(name, item)
                # The lists in a mapping go on from what they were.
                if name == "mappings":
                    apply(items.setdefault(key, {}), item)
                else:
                    items[key] = item
        elif name == "console":
            state.setdefault("console", []).extend(value)
        elif name == "tree":
            apply(state.setdefault("tree", {"nodes": {}, "entries": {}}), value)
        else:
            state[name] = value


def main(path, schema):
    recording = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    rules = json.loads(pathlib.Path(schema).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(rules)
    jsonschema.Draft202012Validator(rules).validate(recording)
    state = {}
    judged = 0
    for step in recording["steps"]:
        apply(state, step["state"])
        apply(state, {"findings": step.get("findings", {})})
        recount(state, step)
        # While tree_lock is held tags are on their way up, and counters may differ from the tree.
        if any(held["lock"] == "tree_lock" for held in state["locks"]):
            continue
        check_tags(state, step)
        told = set()
        for finding in state["findings"].values():
            if finding["kind"] == "miscount":
                told.add(("miscount", finding["counter"]))
            elif finding["kind"] == "leaked-page":
                told.add(("leaked-page", finding["page"]))
            elif finding["kind"] == "overlap":
                told.add(("overlap", finding["index"]))
        assert told == findings(state), f"step {step['step']}: {told} is not {findings(state)}"
        judged += 1
    assert judged > 0
    print(f"{len(recording['steps'])} steps, {judged} judged")


main(*sys.argv[1:])
