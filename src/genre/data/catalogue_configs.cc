#include "genre/data/catalogue_configs.h"

namespace genre {

const char* const kMl100kAtomicConfig = R"(# MovieLens-100K as RecBole's package carries it.
[data]
name = "ml-100k"
[[data.interactions]]
path = "ml-100k.inter"
format = "atomic"
columns = { user = "user_id", item = "item_id", value = "rating", time = "timestamp" }
type = "rating"
[[data.items]]
path = "ml-100k.item"
format = "atomic"
columns = { id = "item_id", title = "movie_title", year = "release_year", genres = "class" }
[[data.users]]
path = "ml-100k.user"
format = "atomic"
columns = { id = "user_id", age = "age", gender = "gender", occupation = "occupation" }
[data.events.rating]
positive = "value >= 4"
[data.split]
kind = "temporal"
ratio = [0.8, 0.1, 0.1]
[item_text]
template = "{title} ({year}). {genres}"
[item_features]
separator = " "
)";

const char* const kMl100kOriginalConfig = R"(# MovieLens-100K as GroupLens publishes it.
[data]
name = "ml-100k"
[[data.interactions]]
path = "u.data"
format = "csv"
delimiter = "\t"
header = false
columns = { user = 0, item = 1, value = 2, time = 3 }
type = "rating"
[[data.items]]
path = "u.item"
format = "csv"
delimiter = "|"
header = false
encoding = "latin-1"
columns = { id = 0, title = 1 }
[data.events.rating]
positive = "value >= 4"
[data.split]
kind = "temporal"
ratio = [0.8, 0.1, 0.1]
[item_text]
template = "{title}"
)";

const char* const kMl1mConfig = R"(# MovieLens-1M as GroupLens publishes it.
[data]
name = "ml-1m"
[[data.interactions]]
path = "ml-1m/ratings.dat"
delimiter = "::"
header = false
columns = { user = 0, item = 1, value = 2, time = 3 }
type = "rating"
[[data.items]]
path = "ml-1m/movies.dat"
delimiter = "::"
header = false
encoding = "latin-1"
columns = { id = 0, title = 1, genres = 2 }
[[data.users]]
path = "ml-1m/users.dat"
delimiter = "::"
header = false
columns = { id = 0, gender = 1, age = 2, occupation = 3 }
[data.events.rating]
positive = "value >= 4"
[item_text]
template = "{title}. {genres}"
)";

const char* const kMl20mConfig = R"(# MovieLens-20M as GroupLens publishes it.
[data]
name = "ml-20m"
[[data.interactions]]
path = "ml-20m/ratings.csv"
columns = { user = "userId", item = "movieId", value = "rating", time = "timestamp" }
type = "rating"
[[data.items]]
path = "ml-20m/movies.csv"
columns = { id = "movieId", title = "title", genres = "genres" }
[data.events.rating]
positive = "value >= 4"
[item_text]
template = "{title}. {genres}"
)";

const char* const kAmazonBeautyConfig = R"(# Amazon reviews of 2018, All Beauty, users and products with five reviews.
[data]
name = "amazon-beauty"
[[data.interactions]]
path = "categoryFilesSmall/All_Beauty_5.json.gz"
format = "jsonl"
columns = { user = "reviewerID", item = "asin", value = "overall", time = "unixReviewTime" }
type = "rating"
[[data.items]]
path = "metaFiles2/meta_All_Beauty.json.gz"
format = "jsonl"
columns = { id = "asin", title = "title", brand = "brand" }
[data.events.rating]
positive = "value >= 4"
[data.clean]
repair_text = ["entities", "controls"]
[item_text]
template = "{title}. {brand}"
)";

const char* const kGoodreadsPoetryConfig = R"(# Goodreads, shelves and ratings of poetry.
[data]
name = "goodreads-poetry"
[[data.interactions]]
path = "goodreads_interactions_poetry.json.gz"
format = "jsonl"
columns = { user = "user_id", item = "book_id", value = "rating", time = "date_added" }
time_unit = "auto"
type = "rating"
[[data.items]]
path = "goodreads_books_poetry.json.gz"
format = "jsonl"
columns = { id = "book_id", title = "title", description = "description", year = "publication_year" }
[data.events.rating]
positive = "value >= 4"
[item_text]
template = "{title} ({year}). {description}"
)";

const char* const kMindSmallConfig = R"(# MIND-small: clicks on news; what came before the first impression is left out.
[data]
name = "mind-small"
[[data.interactions]]
path = "MINDsmall_train/behaviors.tsv"
format = "mind"
time_unit = "auto"
date_order = "month_first"
type = "click"
[[data.interactions]]
path = "MINDsmall_dev/behaviors.tsv"
format = "mind"
time_unit = "auto"
date_order = "month_first"
type = "click"
[[data.items]]
path = "MINDsmall_train/news.tsv"
delimiter = "\t"
header = false
columns = { id = 0, category = 1, subcategory = 2, title = 3, abstract = 4 }
[[data.items]]
path = "MINDsmall_dev/news.tsv"
delimiter = "\t"
header = false
columns = { id = 0, category = 1, subcategory = 2, title = 3, abstract = 4 }
[item_text]
template = "{title}. {abstract}"
)";

const char* const kLastfm2kConfig = R"(# Last.fm of HetRec 2011: how often a user played an artist; no times.
[data]
name = "lastfm-2k"
values = "weight"
[[data.interactions]]
path = "lastfm-2k/user_artists.dat"
delimiter = "\t"
columns = { user = "userID", item = "artistID", value = "weight" }
type = "view"
[[data.items]]
path = "lastfm-2k/artists.dat"
delimiter = "\t"
columns = { id = "id", title = "name" }
[data.events.view]
weight_scale = "log"
[data.split]
kind = "user_ratio"
)";

}  // namespace genre
