"""The theme's own words in Vietnamese: buttons, tooltips, labels, titles of admonitions.

The theme and its extensions print English; :func:`translate` turns one whole string into
Vietnamese and leaves alone what it does not know. A test reads every Vietnamese page of the
built book and fails when an English word is left outside the article, so a new version of the
theme that says something new is noticed.
"""

from __future__ import annotations

import re

VIETNAMESE = {
    # Getting around
    "Skip to main content": "Chuyển đến nội dung chính",
    "Version warning": "Cảnh báo về phiên bản",
    "Back to top": "Lên đầu trang",
    "Main": "Mục lục sách",
    "Page": "Mục lục trang",
    "Contents": "Trong trang này",
    "On this page": "Trong trang này",
    "Site navigation": "Mục lục sách",
    "Section Navigation": "Mục lục phần",
    "Toggle primary sidebar": "Ẩn hoặc hiện mục lục sách",
    "Toggle secondary sidebar": "Ẩn hoặc hiện mục lục trang",
    "Collapse Sidebar": "Thu gọn mục lục",
    "Expand Sidebar": "Mở rộng mục lục",
    "Toggle navigation of": "Ẩn hoặc hiện các mục con của",
    "previous": "Trang trước",
    "next": "Trang sau",
    "previous page": "trang trước",
    "next page": "trang sau",
    "Home": "Trang đầu",
    "Breadcrumb": "Vị trí trong sách",
    # Header buttons
    "Color mode": "Chế độ màu",
    "Light": "Sáng",
    "Dark": "Tối",
    "System Settings": "Theo hệ thống",
    "Launch interactive content": "Chạy trang này",
    "Launch on Colab": "Mở trên Colab",
    "Download this page": "Tải trang này về",
    "Download source file": "Tải tệp nguồn",
    "Download notebook file": "Tải sổ tay về",
    "Print to PDF": "In ra PDF",
    "Fullscreen mode": "Toàn màn hình",
    "Source repositories": "Kho mã nguồn",
    "Source repository": "Kho mã nguồn",
    "Open an issue": "Báo lỗi",
    "Suggest edit": "Đề xuất sửa",
    # Search
    "Search": "Tìm kiếm",
    "Search...": "Tìm trong sách…",
    "Search this book...": "Tìm trong sách…",
    "Error": "Lỗi",
    "Please activate JavaScript to enable the search functionality.": (
        "Hãy bật JavaScript để dùng chức năng tìm kiếm."
    ),
    # Inside the article
    "Link to this heading": "Liên kết tới mục này",
    "Link to this equation": "Liên kết tới công thức này",
    "Link to this image": "Liên kết tới hình này",
    "Link to this table": "Liên kết tới bảng này",
    "Link to this code": "Liên kết tới đoạn mã này",
    "Link to this term": "Liên kết tới thuật ngữ này",
    "Link to this definition": "Liên kết tới định nghĩa này",
    "Link to this toctree": "Liên kết tới mục lục này",
    "Permalink to this heading": "Liên kết tới mục này",
    "Permalink to this equation": "Liên kết tới công thức này",
    "Toggle hidden content": "Ẩn hoặc hiện nội dung",
    "Show code cell source": "Hiện mã của ô này",
    "Hide code cell source": "Ẩn mã của ô này",
    "Show code cell output": "Hiện kết quả của ô này",
    "Hide code cell output": "Ẩn kết quả của ô này",
    "Show code cell outputs": "Hiện kết quả của ô này",
    "Hide code cell outputs": "Ẩn kết quả của ô này",
    "Show code cell content": "Hiện ô lệnh này",
    "Hide code cell content": "Ẩn ô lệnh này",
    "Click to show": "Nhấn để hiện",
    "Click to hide": "Nhấn để ẩn",
    "Footnotes": "Chú thích cuối trang",
    # Titles of admonitions
    "Attention": "Chú ý",
    "Caution": "Cẩn thận",
    "Danger": "Nguy hiểm",
    "Hint": "Gợi ý",
    "Important": "Quan trọng",
    "Note": "Ghi chú",
    "See also": "Xem thêm",
    "Tip": "Mẹo",
    "Todo": "Việc cần làm",
    "Warning": "Cảnh báo",
}

_PATTERNS = [
    (re.compile(pattern), replacement)
    for pattern, replacement in [
        (r"^By (.+)$", r"Tác giả: \1"),
        (r"^© Copyright (.+?)\.?$", r"© Bản quyền \1."),
        (r"^(.+) - Home$", r"\1 – Trang đầu"),
        (r"^(.+) logo$", r"Biểu tượng của \1"),
        (r"^Fig\. (.*)$", r"Hình \1"),
        (r"^Table (.*)$", r"Bảng \1"),
        (r"^Listing (.*)$", r"Đoạn mã \1"),
    ]
]

SEARCH_SCRIPT = {
    "Search Results": "Kết quả tìm kiếm",
    "Searching": "Đang tìm",
    "Preparing search...": "Đang chuẩn bị tìm kiếm…",
    "Your search did not match any documents. Please make sure that all words are spelled "
    "correctly and that you've selected enough categories.": (
        "Không tìm thấy trang nào. Hãy kiểm tra lại chính tả của từng từ."
    ),
    "Search finished, found ${resultCount} page(s) matching the search query.": (
        "Tìm thấy ${resultCount} trang."
    ),
    "Hide Search Matches": "Bỏ tô đậm kết quả tìm kiếm",
    ", in ": ", trong ",
}
"""What Sphinx's search script asks for by its English text (its gettext catalogue)."""

COPY_BUTTON = {
    "copy": "Sao chép",
    "copy_to_clipboard": "Sao chép vào bộ nhớ tạm",
    "copy_success": "Đã sao chép!",
    "copy_failure": "Không sao chép được",
}
"""What the copy buttons' script says, by its own keys."""


def translate(text: str) -> str:
    """Return the Vietnamese for one string of the theme, keeping the white space around it.

    >>> translate("  Back to top "), translate("By An"), translate("LSTM")
    ('  Lên đầu trang ', 'Tác giả: An', 'LSTM')
    """
    words = " ".join(text.split())
    vietnamese = VIETNAMESE.get(words)
    if vietnamese is None:
        vietnamese = next(
            (pattern.sub(new, words) for pattern, new in _PATTERNS if pattern.match(words)), words
        )
    return text if vietnamese == words else text.replace(text.strip(), vietnamese)
