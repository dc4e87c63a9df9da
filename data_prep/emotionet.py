"""EmotioNet: faces from the Internet by URL, the presence of action units; 999 in a cell: nobody coded it.

Two forms are read: the table of hand-made labels (with a header) and the lists of automatic ones (without).
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from affectreason.affect import facs
from affectreason.affect.sample import Affect, Media, Sample
from affectreason.errors import InputError, nearest
from affectreason.published import tables, units
from affectreason.published.about import About, LeftOut

NOT_CODED = ("999",)
PROTOCOLS = ("12", "all")
ORIGINS = ("human", "model")
IN_A_LIST = range(1, 61)
"""The units that the columns of a list stand for, after the image's address and the address it came from."""
ABOUT = About(
    title="EmotioNet",
    holds="faces from the Internet by URL, the presence of action units: some coded by hand, most by a program",
    licence="non-commercial research only",
    gate="signed form",
    get="the form of the EmotioNet challenge (A. Martinez, Ohio State University)",
    paper="Benitez-Quiroz, Srinivasan & Martinez, EmotioNet, CVPR 2016",
    layout=(
        "EmotioNet_FACS_aws_2020_24600.csv    header `URL,URL orig,'AU 1',...`: coded by hand\n"
        "dataFile_0001.txt                    no header, tabs: image address, address of origin, AU1 to AU60\n"
        "images/N_0000000001_00001.jpg        yours, see images="
    ),
    units=facs.unit_set("emotionet12"),
    affect="expressed",
    notes=(
        "Nothing is downloaded: without images= a sample has the address of its face, with images=FOLDER the file of "
        "that name in it, or in a folder of it named by the name's first two parts.",
        "The table is taken as coded by people and the lists as coded by a program (the paper's own); origin=human or "
        "origin=model says otherwise, as for a list of the validation set.",
        "protocol=12 (default) are the units of the challenge, protocol=all every coded unit that FACS has; columns "
        "51 to 60 are head and eye positions and are not read.",
        "Rows of the table without an address are left out; files with the same images (a table and a list) are to be "
        "prepared one by one, labels=FILE. What splits there were is not known here.",
    ),
)
Row = tuple[int, str, dict[int, str]]
OPTIONS: dict[str, Any] = {"root": ..., "labels": None, "images": None, "protocol": "12", "origin": None}


def samples(**options: Any) -> Iterator[Sample | LeftOut]:
    """One sample for each row of the file labels=, or of every table and list in root; nothing else is opened."""
    root = tables.root_folder(options["root"])
    protocol, origin = str(options["protocol"]), options["origin"]
    for key, value, known in (("protocol", protocol, PROTOCOLS), ("origin", origin, ORIGINS)):
        if value is not None and value not in known:
            raise InputError(f"{key}={value}: no such {key}; {nearest(value, known)}")
    if options["labels"] is not None:
        paths = [tables.under(root, str(options["labels"]))]
    else:
        tables.first(root, "*.csv", "*.tsv", "*.txt")
        paths = sorted(path for path in root.iterdir() if path.suffix.lower() in (".csv", ".tsv", ".txt"))
    images = None if options["images"] is None else tables.under(root, str(options["images"]))
    for path in paths:
        yield from _file(path, images, ABOUT.units if protocol == "12" else tuple(facs.UNITS), origin)


def _file(path: Path, images: Path | None, wanted: tuple[int, ...], origin: Any) -> Iterator[Sample | LeftOut]:
    delimiter = "," if path.suffix.lower() == ".csv" else "\t"
    header = tables.header(path, delimiter)
    is_table = bool(header) and header[0].strip("'\" ").upper() == "URL"
    rows = _table(path, header, wanted, delimiter) if is_table else _list(path, wanted)
    for line, url, cells in rows:
        where = f"{path}:{line}"
        if not url:
            yield LeftOut(f"emotionet_{path.stem}_{line}", "the row has no address of an image", where)
            continue
        name = f"emotionet_{PurePosixPath(url).stem}"
        yield Sample(
            id=name,
            media=(_media(url, images),),
            gold=Affect(aus=units.presence(cells, NOT_CODED, f"{where}: {name}")),
            affect=ABOUT.affect,
            provenance=ABOUT.provenance(origin=origin or ("human" if is_table else "model")),
        )


def _table(path: Path, header: list[str], wanted: tuple[int, ...], delimiter: str) -> Iterator[Row]:
    """The line, the address and the cells of each row below a header."""
    columns = {unit: name for unit, name in units.columns(header).items() if unit in wanted}
    if not columns:
        raise InputError(f"{path} has no column of a unit, such as 'AU 1'; columns: {', '.join(header[:12])}")
    for line, row in tables.rows(path, delimiter=delimiter):
        yield line, row[header[0]].strip("'\" "), {unit: row[name] for unit, name in columns.items()}


def _list(path: Path, wanted: tuple[int, ...]) -> Iterator[Row]:
    """The line, the address and the cells of each row of a list without a header."""
    for line, (url, _, *cells) in tables.lines(path, least=2 + len(IN_A_LIST), delimiter="\t"):
        yield line, url, {unit: cells[unit - 1] for unit in wanted if unit in IN_A_LIST}


def _media(url: str, images: Path | None) -> Media:
    if images is None:
        return Media(kind="url", path=url)
    name = PurePosixPath(url).name
    nested = images / name.rpartition("_")[0] / name
    return Media(kind="image", path=str(nested if nested.is_file() else images / name))
