#!/usr/bin/env python3
"""Checks that the tree is what its documents say; prints every fault and exits 1 if there is one.

    check_structure.py [ROOT]     arrows of ARCHITECTURE.md against includes and CMake, paths in the documents,
                                  file lengths, names, foreign headers, machine paths
    check_structure.py --self-test  proves on a made-up tree that each check can fail

Needs Python 3.8 or newer and nothing else.
"""
import pathlib
import re
import sys
import tempfile

MOST_LINES = 400
# Longer files, each with the reason why it stays one file.
LONG_FILES = {}

GENERATED = {"build", "runs", ".venv", ".cache", ".git", "node_modules", "__pycache__"}
CODE = {".cc", ".h", ".inc", ".py", ".cmake", ".js", ".mjs", ".css", ".html", ".sh"}
TEXT = CODE | {".md", ".toml", ".txt", ".json", ".jsonl", ".env", ".yml", ".yaml", ""}
DRAWER_WORDS = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers"}
# Paths of one machine, not preceded by more of a longer path or address.
MACHINE_PATH = re.compile(r"(?<![\w.~/])/(?:" + "|".join(["work", "home", "root", "Users"]) + r")/\w")
# What a run writes: documents name these, the tree does not hold them.
WRITTEN = {"artifact", "plots", "checkpoints"}
DOCUMENT_ENDINGS = (".md", ".cc", ".h", ".py", ".toml", ".cmake", ".sh", ".js", ".html", ".css", ".env")


def files(root):
    for path in sorted(root.rglob("*")):
        if path.is_file() and not GENERATED & set(path.relative_to(root).parts):
            yield path


def arrows(root, faults):
    """{folder: folders it names} from the table of ARCHITECTURE.md."""
    document = root / "ARCHITECTURE.md"
    lines = document.read_text().splitlines() if document.exists() else []
    table, inside = {}, False
    for line in lines:
        cells = [cell.strip().strip("`").rstrip("/") for cell in line.strip().strip("|").split("|")]
        if [cell.lower() for cell in cells] == ["folder", "does", "depends on"]:
            inside = True
        elif inside and not line.startswith("|"):
            break
        elif inside and len(cells) == 3 and not set(cells[0]) <= set("-: "):
            table[cells[0]] = set(re.findall(r"[a-z_]+", cells[2]))
    if not table:
        faults.append("ARCHITECTURE.md: no table '| folder | does | depends on |'")
    return table


def reach(table, folder, seen=()):
    """Every folder that `folder` may use; None where the arrows run in a circle."""
    if folder in seen:
        return None
    out = {folder}
    for other in table.get(folder, ()):
        below = reach(table, other, (*seen, folder))
        if below is None:
            return None
        out |= below
    return out


def check_arrows(root, faults):
    table = arrows(root, faults)
    for folder, named in table.items():
        for other in sorted(named - set(table)):
            faults.append(f"ARCHITECTURE.md: {folder} depends on {other}, which has no row")
        if reach(table, folder) is None:
            faults.append(f"ARCHITECTURE.md: the arrows from {folder} run in a circle")
            return
    sources = [(path.name, path) for path in sorted((root / "src/genre").glob("*")) if path.is_dir()]
    sources += [("app", root / "app")] if (root / "app").is_dir() else []
    for folder, path in sources:
        if folder not in table:
            faults.append(f"{path.relative_to(root)}: no row in the table of ARCHITECTURE.md")
            continue
        allowed = reach(table, folder)
        for file in files(path):
            where = file.relative_to(root)
            if file.suffix in {".cc", ".h"}:
                for number, line in enumerate(file.read_text(errors="replace").splitlines(), 1):
                    found = re.match(r'\s*#\s*include\s*[<"]genre/([a-z_]+)/', line)
                    if found and found[1] not in allowed:
                        faults.append(f"{where}:{number}: {folder} includes {found[1]} against the arrows of ARCHITECTURE.md")
            if file.name == "CMakeLists.txt":
                text = re.sub(r"#.*", "", file.read_text())
                for module in re.findall(r"genre_module\s*\(([^)]*)\)", text):
                    depends = re.search(r"\bDEPENDS((?:\s+[a-z_]+)*)", module)
                    for other in depends[1].split() if depends else []:
                        if other not in allowed:
                            faults.append(f"{where}: {folder} links {other} against the arrows of ARCHITECTURE.md")


def named_path(token, root):
    """The path that a word in backticks names, or None where it is something else."""
    token = re.sub(r":\d+$", "", token).rstrip("/")
    if not re.fullmatch(r"[\w.*/-]+", token) or token.startswith(("/", "-", "*")) or not re.search(r"[A-Za-z]", token):
        return None
    parts = token.split("/")
    if parts[0] in GENERATED | WRITTEN:
        return None
    # NAME, PRESET, NAME_test and x stand for a name to choose; README.md and LICENSE are names.
    if re.fullmatch(r"[a-z](_test)?\.\w+", parts[-1]):
        return None
    capitals = [part for part in parts if re.search(r"(?<![A-Za-z])[A-Z]{2,}(?![A-Za-z])", part)]
    if any(part != "LICENSE" and not part.endswith(".md") for part in capitals):
        return None
    if len(parts) == 1:
        return token if token.endswith((".md", ".cc", ".h", ".py")) and not token.startswith(".") else None
    return token if (root / parts[0]).exists() or token.endswith(DOCUMENT_ENDINGS) else None


def check_documents(root, faults):
    documents = [root / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "THIRD_PARTY.md")]
    documents += sorted((root / "docs").glob("*.md"))
    names = {path.name for path in files(root)}
    for document in documents:
        if not document.exists():
            continue
        fenced = False
        for number, line in enumerate(document.read_text().splitlines(), 1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            if fenced:
                continue
            for token in re.findall(r"`([^`]+)`", line):
                path = named_path(token, root)
                if path is None:
                    continue
                places = (root, root / "src", root / "src/genre", document.parent)
                if any(list(place.glob(path)) for place in places) or ("/" not in path and path in names):
                    continue
                faults.append(f"{document.relative_to(root)}:{number}: `{token}` is not in the tree")


def check_sources(root, faults):
    for file in files(root):
        where = file.relative_to(root)
        words = {word for part in where.parts for word in re.split(r"[_.\-]", part.lower())}
        for word in sorted(words & DRAWER_WORDS):
            faults.append(f"{where}: '{word}' says nothing; name the file after its concept")
        if file.suffix not in TEXT:
            continue
        lines = file.read_text(errors="replace").splitlines()
        for number, line in enumerate(lines, 1):
            if MACHINE_PATH.search(line):
                faults.append(f"{where}:{number}: a path of one machine")
            if where.parts[0] in ("src", "app") and where.parts[:3] != ("src", "genre", "torch") and re.match(r'\s*#\s*include\s*[<"](?:torch|ATen|c10)/', line):
                faults.append(f"{where}:{number}: libtorch headers stay in src/genre/torch")
        if file.suffix in {".cc", ".h", ".py", ".js"} and len(lines) > MOST_LINES and str(where) not in LONG_FILES:
            faults.append(f"{where}: {len(lines)} lines; split it, or list it in LONG_FILES with the reason")
    for name in sorted(set(LONG_FILES)):
        file = root / name
        if not file.exists() or len(file.read_text(errors="replace").splitlines()) <= MOST_LINES:
            faults.append(f"LONG_FILES lists {name}, which is not that long")


def check(root):
    faults = []
    check_arrows(root, faults)
    check_documents(root, faults)
    check_sources(root, faults)
    return faults


GOOD_TREE = {
    "ARCHITECTURE.md": "| folder | does | depends on |\n|---|---|---|\n| `base` | errors | - |\n| `rec` | models | base |\n"
                       "| `engine` | all | rec |\n| `app` | verbs | engine |\n\nSee `src/genre/rec/ease.h`, `rec/ease.h`, `ease.h`, `src/genre/*/`.\n"
                       "Not paths: `a/b`, `x.h`, `x_test.cc`, `runs/x.toml`, `build/genre`, `src/genre/rec/NAME_test.cc`, `/v1/items`, `genre train`, `~/.cache/x.h`.\n",
    "README.md": "`ARCHITECTURE.md`\n```\n`absent/file.cc`\n```\n",
    "src/genre/base/error.h": "#pragma once\n",
    "src/genre/rec/ease.h": '#include "genre/base/error.h"\n#include <vector>\n',
    "src/genre/rec/CMakeLists.txt": "genre_module(rec SOURCES ease.cc\n  DEPENDS base\n  LIBRARIES fmt::fmt)\n",
    "src/genre/engine/train.cc": '#include "genre/base/error.h"\n#include "genre/rec/ease.h"\n',
    "app/main.cc": '#include "genre/base/error.h"\n// https://example.org/' + 'home/page\n',
    "build/utils.cc": "#include <torch/torch.h>\n",
}
# What is broken, the text of one file, and a part of the fault that must appear.
BROKEN = [
    ("src/genre/base/up.cc", '#include "genre/rec/ease.h"\n', "base includes rec"),
    ("src/genre/base/CMakeLists.txt", "genre_module(base SOURCES a.cc DEPENDS rec LIBRARIES fmt::fmt)\n", "base links rec"),
    ("src/genre/extra/a.h", "#pragma once\n", "no row in the table"),
    ("ARCHITECTURE.md", "no table here\n", "no table"),
    ("ARCHITECTURE.md", "| folder | does | depends on |\n|---|---|---|\n| base | x | rec |\n| rec | x | base |\n", "circle"),
    ("ARCHITECTURE.md", "| folder | does | depends on |\n|---|---|---|\n| base | x | absent |\n", "which has no row"),
    ("README.md", "see `src/genre/rec/gone.h`\n", "is not in the tree"),
    ("docs/guide.md", "see `gone.cc`\n", "is not in the tree"),
    ("CONTRIBUTING.md", "see `absent/file.md`\n", "is not in the tree"),
    ("src/genre/rec/net.cc", "#include <torch/torch.h>\n", "libtorch"),
    ("src/genre/rec/net.h", '#include "ATen/ATen.h"\n', "libtorch"),
    ("src/genre/rec/long.cc", "\n" * (MOST_LINES + 1), "split it"),
    ("src/genre/rec/string_utils.h", "#pragma once\n", "says nothing"),
    ("src/genre/common/a.h", "#pragma once\n", "says nothing"),
    ("tools/setup", "cd /" + "work/main\n", "one machine"),
    ("src/genre/rec/data.cc", 'const char* kPath = "/' + 'home/me/data";\n', "one machine"),
]


def self_test():
    def faults_of(changes):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in {**GOOD_TREE, **changes}.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)
            return check(root)

    failures = [f"a good tree is refused: {fault}" for fault in faults_of({})]
    for name, text, wanted in BROKEN:
        found = faults_of({name: text})
        if not any(wanted in fault for fault in found):
            failures.append(f"{name}: no fault with '{wanted}', found {found}")
    return failures


def main():
    if "--self-test" in sys.argv[1:]:
        faults, done = self_test(), f"{len(BROKEN)} broken trees are found out"
    else:
        root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2]
        faults, done = check(root.resolve()), "the tree is what its documents say"
    print("\n".join(faults) if faults else done)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
