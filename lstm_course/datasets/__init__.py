"""Data sets of the labs: headlines, Truyện Kiều, reviews, newspaper articles, stop words.

Each ``load_...()`` looks for its data in this order:

1. the folder that the environment variable ``LSTM_COURSE_DATA`` names: the original's files, or a
   pack of them (``vntc.tar.xz``), or the folder that one was extracted into (``aclImdb``);
2. ``data`` in the cache folder (``lstm_course.cache.cache_folder()``), where a file fetched by
   hand may be put too;
3. the original's address, as it was at one commit; what comes is checked before it is kept
   (``LSTM_COURSE_OFFLINE=1`` leaves this out);
4. the sample that comes with the package: a few records written for this course, in the same form.
   That is said once, on standard error; ``Splits.is_sample`` tells it to programs. With
   ``require_full=True`` it is a ``DataError`` instead.

A file that is there but truncated, changed or something else is always a ``DataError``. What is
read is checked by its content, so line ends, encoding (UTF-8 or UTF-16) and packing do not matter.
For data of your own in the same form there are ``read_...(path)``, which check the form alone.
"""

from lstm_course.datasets.loaders import (
    load_headlines,
    load_imdb,
    load_kieu,
    load_ntc_scv,
    load_stop_words,
    load_vntc,
)
from lstm_course.datasets.parts import hold_out, seen_before
from lstm_course.datasets.readers import (
    VNTC_TOPICS,
    read_headlines,
    read_imdb,
    read_kieu,
    read_ntc_scv,
    read_stop_words,
    read_vntc,
)
from lstm_course.datasets.records import (
    Article,
    DataError,
    Headline,
    Review,
    Source,
    Splits,
    Verse,
)

__all__ = [
    "VNTC_TOPICS",
    "Article",
    "DataError",
    "Headline",
    "Review",
    "Source",
    "Splits",
    "Verse",
    "hold_out",
    "load_headlines",
    "load_imdb",
    "load_kieu",
    "load_ntc_scv",
    "load_stop_words",
    "load_vntc",
    "read_headlines",
    "read_imdb",
    "read_kieu",
    "read_ntc_scv",
    "read_stop_words",
    "read_vntc",
    "seen_before",
]
