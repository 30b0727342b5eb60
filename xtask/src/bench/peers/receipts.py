"""Prints receipts by ReportLab or by WeasyPrint, a PDF each, and tells how long one takes.

    python receipts.py {reportlab|weasyprint} RECORDS_FILE FONTS_FOLDER [--keep FOLDER]

One half of a comparison: the page is the portal's own receipt, from the same records and in the same fonts. A line of
RECORDS_FILE is a JSON object: "record", as the portal's template reads it, and "payload", the text of the payment code,
or null. All is done in memory and in one thread. What can be made once is made before the clock starts, and the first
receipt is printed once more before it.

Not the same: the portal's receipts are tagged (PDF/UA-1) and have an outline, these do not. ReportLab sets digits as
wide as each is, the others set all of one width. A receipt that does not fit on a page gets no numbers of pages, and by
ReportLab no second page. Both take segno's code, with the level, the pattern and the pixels of the portal's: a maker
that weighs all eight patterns, as ReportLab's own does, takes several times as long.
"""

import argparse
import base64
import html
import io
import json
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import reportlab
import segno
from PIL import Image
from reportlab import rl_config
from reportlab.lib.colors import Color, black
from reportlab.lib.enums import TA_CENTER, TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import registerFont, registerFontFamily, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph
from reportlab.platypus import Table as Grid

SIZE, SMALL, BIG, LEADING = 9.5, 8, 15, 1.19
MARGIN, WIDTH, TEXT_WIDTH, BOX_WIDTH, CODE_WIDTH = 14 * mm, 182 * mm, 115 * mm, 60 * mm, 44 * mm
GUTTER, BOX_INSET = 9, 5
REGULAR, BOLD = "Fira Sans", "Fira Sans Bold"
FILES = {REGULAR: "FiraSans-Regular.ttf", BOLD: "FiraSans-Bold.ttf"}
SOFT_HYPHEN = "\u00ad"
ENCODINGS = {"ST00011": "cp1251", "ST00012": "utf-8", "ST00013": "koi8-r"}
KEPT = 4

# Kinds of text: size, whether bold, distance from what is above.
KINDS = {
    "name": (11, True, -2.4),
    "contacts": (SMALL, False, -1),
    "title": (19, True, 10),
    "account": (SIZE, False, 2),
    "subscriber": (SIZE, False, 2),
    "section": (11, True, 10.5),
    "text": (SIZE, False, 0.5),
    "remark": (SIZE, False, 3),
    "asked": (11, False, 0),
    "sum": (22, True, -3.3),
    "long-sum": (18, True, -3.3),
    "due": (11, False, -4),
    "nothing-due": (SIZE, False, -3),
    "arrears": (SMALL, False, 0),
    "overpaid": (SIZE, False, 0),
    "hint": (SMALL, False, 4.4),
}


class Table(NamedTuple):
    """A row of one cell is a heading; one of fewer cells than there are columns begins with a wide one."""

    title: str
    labels: list
    rows: list
    column: float
    has_total: bool = True
    size: float = SIZE

    def bold_rows(self):
        last = len(self.rows) - 1
        return [len(row) == 1 or (self.has_total and at == last) for at, row in enumerate(self.rows)]


def escaped(text):
    return html.escape(text or "", quote=False)


def given(*values):
    return [value for value in values if value is not None]


def labelled(label, value):
    return None if value is None else f"{label} {value}"


def lines(texts):
    return "<br/>".join(map(escaped, texts))


def with_note(text, note):
    return escaped(text) if note is None else f"{escaped(text)}<br/><small>{escaped(note)}</small>"


class Words:
    """What both print, from a record: tables, and texts of some kind, marked up by <b>, <br/>, <small> and <big>."""

    def __init__(self, record):
        self.record, self.author = record, record["provider"]["name"]
        self.title = f"{record['title']}, лицевой счёт {record['account']}"
        self.footer = f"Квитанция сформирована {record['issued']}"
        self.size_of_sums = SMALL if record["wide-sums"] else SIZE

    def head(self):
        record, provider = self.record, self.record["provider"]
        yield "name", escaped(provider["name"])
        if contacts := given(provider["phone"], provider["site"], provider["email"]):
            yield "contacts", escaped(" · ".join(contacts))
        yield "title", escaped(record["title"])
        yield "account", f"Лицевой счёт\u00a0 <big><b>{escaped(record['account'])}</b></big>"
        fields = {
            "els": "Единый лицевой счёт:",
            "subscriber": "Абонент:",
            "address": "Адрес:",
            "residents": "Количество проживающих:",
            "area": "Площадь:",
            "heated-area": "Отапливаемая площадь:",
        }
        yield "subscriber", lines(given(*(labelled(label, record[key]) for key, label in fields.items())))
        if requisites := self.requisites(provider):
            yield "section", "Получатель платежа"
            yield "text", lines([provider["name"], *requisites])

    def requisites(self, provider):
        return given(
            ", ".join(given(labelled("ИНН", provider["inn"]), labelled("КПП", provider["kpp"]))) or None,
            labelled("Расчётный счёт", provider["settlement-account"]),
            ", ".join(given(provider["bank"], labelled("БИК", provider["bik"]))) or None,
            labelled("Корреспондентский счёт", provider["correspondent-account"]),
        )

    def box(self):
        payable = {key: value and escaped(value) for key, value in self.record["payable"].items()}
        yield "asked", "К оплате"
        yield ("long-sum" if len(payable["sum"]) > 15 else "sum"), payable["sum"]
        if payable["due"] is None:
            yield "nothing-due", "Платить не нужно"
        else:
            yield "due", f"Оплатить до <b>{payable['due']}</b>"
        if payable["arrears"] is not None:
            yield "arrears", f"в том числе долг за прошлые месяцы {payable['arrears']}"
        if payable["overpaid"] is not None:
            yield "overpaid", f"Переплата <b>{payable['overpaid']}</b>"

    def body(self):
        if self.record["meters"]:
            yield self.meters()
        if expired := [meter["name"] for meter in self.record["meters"] if meter["expired"]]:
            yield "remark", self.warning(expired)
        if self.record["pin"] is not None:
            yield "pin", escaped(self.record["pin"])
        yield self.breakdown()
        yield self.settlements()
        since, to = self.record["totals"]["paid-since"], self.record["counted-to"]
        left = since and f"Оплачено после расчёта {since}, осталось оплатить {self.record['payable']['sum']}."
        if counted := given(to and f"Платежи учтены по {to}.", left):
            yield "remark", escaped(" ".join(counted))
        if entries := self.record["recalculations"]:
            yield "section", "Перерасчёты"
            why = [given(f"{entry['service']}: {entry['sum']}", entry["reason"]) for entry in entries]
            yield "text", lines(map(". ".join, why))

    def meters(self):
        def reading(value):
            return with_note(value["value"], value["date"] + ", расчётное" * value["calculated"]) if value else ""

        def row(meter):
            verified = labelled("истекла" if meter["expired"] else "до", meter["verified-until"])
            readings = [reading(meter["previous"]), reading(meter["current"])]
            name = with_note(meter["name"], meter["location"])
            return [name, *readings, escaped(meter["difference"]), escaped(verified)]

        labels = ["Прибор", "Прежнее показание", "Показание", "Разность", "Поверка"]
        rows = [row(meter) for meter in self.record["meters"]]
        return Table("Приборы учёта", labels, rows, 23.8 * mm, has_total=False)

    def warning(self, names):
        whose = f"приборов: {', '.join(names)}" if len(names) > 1 else f"прибора {names[0]}"
        what_follows = "Пока она не сделана, начисления могут идти по нормативу."
        return f"<b>Истекла поверка {escaped(whose)}.</b> {what_follows}"

    def breakdown(self):
        record, columns = self.record, self.columns(self.record["columns"])

        def row(charge):
            return [with_note(charge["service"], charge["how"]), *(escaped(charge[key]) for key in columns)]

        penalties = [["Пени"], *map(row, record["penalties"])] if record["penalties"] else []
        total = ["Итого за месяц", escaped(record["totals"]["for-month"])]
        rows = [*map(row, record["services"]), *penalties, total]
        width = (15.8 if sum(record["columns"].values()) > 4 else 19.8) * mm
        title = f"Расчёт за {record['period']}"
        return Table(title, ["Услуга", *columns.values()], rows, width, size=self.size_of_sums)

    def columns(self, shown):
        corrections = {
            "recalculated": "Перерасчёт, ₽",
            "benefit": "Льгота, ₽",
            "adjusted": f"Корректи{SOFT_HYPHEN}ровка, ₽",
            "written-off": "Списано, ₽",
        }
        quantities = {"volume": "Объём", "tariff": "Тариф, ₽", "charged": "Начислено, ₽"}
        every = quantities | corrections | {"for-month": "Итого, ₽"}
        shown = shown | {"charged": True, "for-month": any(shown[key] for key in corrections)}
        return {key: label for key, label in every.items() if shown[key]}

    def settlements(self):
        def balance(value):
            return "<small>переплата</small><br/>" * value["overpaid"] + escaped(value["sum"])

        def row(name, sums):
            of_month = [escaped(sums["for-month"]), escaped(sums["paid"])]
            return [escaped(name), balance(sums["opening"]), *of_month, balance(sums["closing"])]

        charges = self.record["services"] + self.record["penalties"]
        rows = [*(row(charge["service"], charge) for charge in charges), row("Итого", self.record["totals"])]
        labels = ["Долг на начало,\u00a0₽", "Начислено за месяц,\u00a0₽", "Оплачено,\u00a0₽", "Долг на конец,\u00a0₽"]
        return Table("Взаиморасчёты", ["Услуга", *labels], rows, 20.6 * mm, size=self.size_of_sums)


PIN_LABEL, PIN_HINT = "ПИН-код для личного кабинета: ", "Никому его не сообщайте"
CODE_HINT = ("hint", "Наведите камеру в приложении банка")


def picture_of_code(payload):
    """Two grey pixels a module, and a quiet zone of four modules."""
    # A letter that its encoding lacks still counts as one, or the code would be another size than the portal's.
    data = payload.encode(ENCODINGS[payload[:7]], errors="replace")
    modules = segno.make_qr(data, error="m", mode="byte", mask=0, boost_error=False).matrix
    side = len(modules)
    picture = Image.new("L", (side + 8, side + 8), 255)
    picture.paste(Image.frombytes("L", (side, side), b"".join(modules).translate(b"\xff\x00" + bytes(254))), (4, 4))
    return picture.resize((2 * picture.width, 2 * picture.height), Image.Resampling.NEAREST)


class ByReportLab:
    """Straight onto the canvas. A Paragraph only where a text wraps or changes its font."""

    name = f"ReportLab {reportlab.Version}"

    def __init__(self, fonts):
        # Streams as they are, not spelt in letters: smaller, and as the others write them.
        rl_config.useA85 = 0
        for font, file in FILES.items():
            registerFont(TTFont(font, fonts / file))
        registerFontFamily(REGULAR, REGULAR, BOLD, REGULAR, BOLD)

    def print(self, record, payload):
        file, words = io.BytesIO(), Words(record)
        canvas = Canvas(file, A4, initialFontName=REGULAR)
        canvas.setTitle(words.title)
        canvas.setAuthor(words.author)
        head = Column(canvas, MARGIN, TEXT_WIDTH)
        head.add(words.head())
        Column(canvas, MARGIN, WIDTH, min(head.y, self.box(canvas, words, payload))).add(words.body())
        canvas.setFont(REGULAR, SMALL)
        canvas.drawString(MARGIN, 24.5, words.footer)
        canvas.save()
        return file.getvalue()

    def box(self, canvas, words, payload):
        """The sum and the code; tells where the box ends."""
        left, top = MARGIN + WIDTH - BOX_WIDTH, A4[1] - MARGIN
        box = Column(canvas, left + BOX_INSET, BOX_WIDTH - 2 * BOX_INSET, top - BOX_INSET, TA_CENTER)
        box.add(words.box())
        if payload is not None:
            box.y -= CODE_WIDTH + 6
            picture = ImageReader(picture_of_code(payload))
            canvas.drawImage(picture, left + (BOX_WIDTH - CODE_WIDTH) / 2, box.y, CODE_WIDTH, CODE_WIDTH)
            box.text(*CODE_HINT)
        bottom = box.y - BOX_INSET
        canvas.rect(left, bottom, BOX_WIDTH, top - bottom)
        return bottom


class Column:
    """A part of the page that is filled from above."""

    def __init__(self, canvas, left, width, y=A4[1] - MARGIN, align=TA_LEFT):
        self.canvas, self.left, self.width, self.y, self.align = canvas, left, width, y, align

    def add(self, parts):
        for part in parts:
            if isinstance(part, Table):
                self.table(part)
            elif part[0] == "pin":
                self.pin(part[1])
            else:
                self.text(*part)

    def text(self, kind, markup):
        size, bold, above = KINDS[kind]
        self.y -= above
        if not is_one_line(markup, bold, size, self.width):
            return self.flow(paragraph(markup, bold, size, self.align))
        self.canvas.setFont(BOLD if bold else REGULAR, size)
        if self.align == TA_CENTER:
            self.canvas.drawCentredString(self.left + self.width / 2, self.y - size, markup)
        else:
            self.canvas.drawString(self.left, self.y - size, markup)
        self.y -= size * LEADING

    def flow(self, flowable):
        self.y -= flowable.wrapOn(self.canvas, self.width, A4[1])[1]
        flowable.drawOn(self.canvas, self.left, self.y)

    def table(self, table):
        self.text("section", escaped(table.title))
        self.y -= 2
        others, bold_rows = len(table.labels) - 1, table.bold_rows()
        widths = [self.width - others * (table.column + GUTTER)] + [table.column + GUTTER] * others
        rows = [grid_row(row, widths, bold, table.size) for row, bold in zip(table.rows, bold_rows)]
        bold = [("FONTNAME", (0, at), (-1, at), BOLD) for at, bold in enumerate(bold_rows, 1) if bold]
        self.flow(Grid([grid_row(table.labels, widths, True, SMALL), *rows], widths, style=grid_style(table) + bold))

    def pin(self, pin):
        left, height, inset = self.left, 23, 7
        self.y -= 14 + height
        baseline = self.y + 8
        self.canvas.setLineWidth(0.4)
        self.canvas.setStrokeColor(Color(0.55, 0.55, 0.55))
        self.canvas.rect(left, self.y, self.width, height)
        self.canvas.setFont(REGULAR, SIZE)
        self.canvas.drawString(left + inset, baseline, PIN_LABEL)
        self.canvas.setFont(BOLD, 13)
        self.canvas.drawString(left + inset + stringWidth(PIN_LABEL, REGULAR, SIZE), baseline, pin, charSpace=0.8)
        self.canvas.setFont(REGULAR, SMALL)
        self.canvas.drawRightString(left + self.width - inset, baseline, PIN_HINT)


def grid_style(table):
    above_total = [("LINEBELOW", (0, -2), (-1, -2), 0.9, black)] if table.has_total else []
    return [
        ("FONT", (0, 0), (-1, 0), BOLD, SMALL, SMALL * LEADING),
        ("FONT", (0, 1), (-1, -1), REGULAR, table.size, table.size * LEADING),
        ("LEFTPADDING", (0, 0), (0, -1), 0),
        ("LEFTPADDING", (1, 0), (-1, -1), GUTTER),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("ALIGN", (1, 0), (-1, -1), "RIGHT"),
        ("VALIGN", (0, 1), (-1, -1), "TOP"),
        ("LINEBELOW", (0, 1), (-1, -2 if table.has_total else -1), 0.4, Color(0.55, 0.55, 0.55)),
        ("LINEBELOW", (0, 0), (-1, 0), 0.7, black),
        *above_total,
    ]


def grid_row(cells, widths, bold, size):
    def cell(markup, width, align):
        return markup if is_one_line(markup, bold, size, width) else paragraph(markup, bold, size, align)

    missing = len(widths) - len(cells)
    first = cell(cells[0], sum(widths[: missing + 1]), TA_LEFT)
    return [first, *[""] * missing, *(cell(markup, widths[-1] - GUTTER, TA_RIGHT) for markup in cells[1:])]


def is_one_line(markup, bold, size, width):
    special = any(sign in markup for sign in ("<", "&", SOFT_HYPHEN))
    return not special and stringWidth(markup, BOLD if bold else REGULAR, size) <= width


def paragraph(markup, bold, size, align):
    auto_leading = "max" if "<big>" in markup else ""
    for tag, tag_size in (("small", SMALL), ("big", BIG)):
        markup = markup.replace(f"<{tag}>", f'<font size="{tag_size}">').replace(f"</{tag}>", "</font>")
    return Paragraph(f"<b>{markup}</b>" if bold else markup, paragraph_style(size, align, auto_leading))


@cache
def paragraph_style(size, align, auto_leading):
    shape = {"leading": size * LEADING, "alignment": align, "autoLeading": auto_leading}
    # Labels of columns rather stand out a little than break within a word.
    return ParagraphStyle("", fontName=REGULAR, fontSize=size, splitLongWords=size > SMALL, **shape)


STYLE_SHEET = """
@page { size: A4; margin: 14mm 14mm 15mm }
body, p { margin: 0 }
body { font: 9.5pt/1.19 Fira; font-kerning: none; font-variant-numeric: tabular-nums; overflow-wrap: break-word }
small { font-size: 8pt }
big { font-size: 15pt }
.head { width: 115mm }
.box { float: right; width: 60mm; border: 1pt solid; padding: 5pt; box-sizing: border-box; text-align: center }
.box img { display: block; width: 44mm; margin: 6pt auto 0; image-rendering: pixelated }
.body { clear: both; padding-top: .1pt }
table { width: 100%; margin-top: 2pt; table-layout: fixed; border-spacing: 0 }
th, td { padding: .5pt 0 1.5pt 9pt; text-align: right; vertical-align: top; border-bottom: .4pt solid #8c8c8c }
th { font-size: 8pt; overflow-wrap: normal; vertical-align: bottom; border-bottom: .7pt solid }
th:first-child, td:first-child { padding-left: 0; text-align: left }
.bold { font-weight: bold }
.with-total tr:nth-last-child(2) td { border-bottom: .9pt solid }
.with-total tr:last-child td { border: 0 }
.pin { margin-top: 14pt; border: .4pt solid #8c8c8c; padding: 3pt 7pt }
.pin b { font-size: 13pt; letter-spacing: .06em }
.pin small { float: right; margin-top: 5pt }
.footer { position: fixed; bottom: -8mm }
"""


class ByWeasyPrint:
    """HTML put together from strings, one style sheet for all."""

    def __init__(self, fonts):
        # Here, because it needs libraries of the system that ReportLab does not.
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration

        self.name, self.html = f"WeasyPrint {weasyprint.__version__}", weasyprint.HTML
        self.fonts = FontConfiguration()
        self.style_sheet = weasyprint.CSS(string=self.style(fonts), font_config=self.fonts)

    def style(self, fonts):
        faces = [
            f"@font-face {{ font-family: Fira; font-weight: {weight}; src: url({(fonts / file).resolve().as_uri()}) }}"
            for weight, file in zip(("normal", "bold"), FILES.values())
        ]
        kinds = [
            f".{kind} {{ font-size: {size}pt; font-weight: {'bold' if bold else 'normal'}; margin-top: {above}pt }}"
            for kind, (size, bold, above) in KINDS.items()
        ]
        return "\n".join([*faces, STYLE_SHEET, *kinds])

    def print(self, record, payload):
        page = self.html(string=html_page(Words(record), payload))
        return page.write_pdf(stylesheets=[self.style_sheet], font_config=self.fonts)


def html_page(words, payload):
    return (
        f'<!DOCTYPE html><html lang="ru"><head><title>{escaped(words.title)}</title>'
        f'<meta name="author" content="{html.escape(words.author)}"></head>'
        f'<body><div class="box">{html_parts(words.box())}{html_code(payload)}</div>'
        f'<div class="head">{html_parts(words.head())}</div><div class="body">{html_parts(words.body())}</div>'
        f'<small class="footer">{escaped(words.footer)}</small></body></html>'
    )


def html_parts(parts):
    return "".join(html_table(part) if isinstance(part, Table) else html_text(*part) for part in parts)


def html_text(kind, markup):
    if kind == "pin":
        markup = f"<small>{PIN_HINT}</small>{PIN_LABEL}<b>{markup}</b>"
    return f'<p class="{kind}">{markup}</p>'


def html_code(payload):
    if payload is None:
        return ""
    file = io.BytesIO()
    picture_of_code(payload).save(file, "PNG")
    address = f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
    return f'<img alt="QR-код для оплаты" src="{address}">{html_text(*CODE_HINT)}'


def html_table(table):
    columns = len(table.labels)
    header = "".join(f"<th>{escaped(label)}</th>" for label in table.labels)
    rows = "".join(html_row(row, bold, columns) for row, bold in zip(table.rows, table.bold_rows()))
    return (
        f'{html_text("section", escaped(table.title))}<table style="font-size: {table.size}pt"'
        f' class="{"with-total" if table.has_total else ""}"><col>'
        f'<col span="{columns - 1}" style="width: {table.column + GUTTER}pt">'
        f"<thead><tr>{header}</tr></thead><tbody>{rows}</tbody></table>"
    )


def html_row(cells, bold, columns):
    first, *others = cells
    after_first = "".join(f"<td>{cell}</td>" for cell in others)
    kind = ' class="bold"' if bold else ""
    return f'<tr{kind}><td colspan="{columns - len(others)}">{first}</td>{after_first}</tr>'


def measure(printer, receipts, folder):
    took, sizes = [], []
    printer.print(**receipts[0])
    for number, receipt in enumerate(receipts, 1):
        started = time.perf_counter()
        pdf = printer.print(**receipt)
        took.append(time.perf_counter() - started)
        sizes.append(len(pdf))
        if folder is not None and number <= KEPT:
            (folder / f"{printer.name.split()[0].lower()}-{number}.pdf").write_bytes(pdf)
    return {
        "name": printer.name,
        "count": len(took),
        "p50_ms": milliseconds(took, 50),
        "p99_ms": milliseconds(took, 99),
        "a_second": round(len(took) / sum(took), 1),
        "bytes": round(sum(sizes) / len(sizes)),
    }


def milliseconds(took, percent):
    return round(sorted(took)[min(len(took) * percent // 100, len(took) - 1)] * 1000, 2)


def main():
    printers = {"reportlab": ByReportLab, "weasyprint": ByWeasyPrint}
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("printer", choices=printers)
    parser.add_argument("records", type=Path)
    parser.add_argument("fonts", type=Path)
    parser.add_argument("--keep", type=Path, help=f"folder for the first {KEPT} PDFs")
    arguments = parser.parse_args()
    receipts = [json.loads(line) for line in arguments.records.read_text("utf-8").split("\n") if line]
    print(json.dumps(measure(printers[arguments.printer](arguments.fonts), receipts, arguments.keep)))


if __name__ == "__main__":
    main()
