#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "genre/base/error.h"
#include "genre/base/file.h"
#include "genre/base/sha256.h"
#include "genre/data/dataset.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

namespace fs = std::filesystem;

Dataset example() {
  Dataset out;
  out.name = "example";
  out.users = IdMap({"ann", "bob", "\xC3\xA9va"});
  out.items = IdMap({"1", "10", "2", "999999999999"});
  out.types = {"rating", "view"};
  out.has_time = true;
  out.cleaning = {{"invalid", 7, 5}};
  out.rejected = 2;
  out.item_fields.fields["title"] = {"One \"1\"", "", "Zwei\n2", "caf\xC3\xA9"};
  out.item_fields.fields["unused"] = {"", "", "", ""};
  out.user_fields.fields["age"] = {"30", "", "40"};
  Interactions& all = out.interactions;
  all.user = {0, 0, 1, 2, 2};
  all.item = {0, 3, 1, 2, 0};
  all.value = {5, 3, 1, 1, 0.5};
  all.weight = {5, 3, 2, 2, 0.5};
  all.time = {-5, 100, 100, 7, 7};
  all.type = {0, 0, 1, 1, 0};
  all.positive = {1, 0, 1, 1, 0};
  all.part = {0, 2, 0, 0, 1};
  return out;
}

fs::path folder(const std::string& name) { return temporary_folder().path() / name; }

TEST(DatasetFile, LoadsWhatWasSaved) {
  Dataset saved = example();
  save_dataset(saved, folder("round"));
  const Dataset loaded = load_dataset(folder("round"));
  EXPECT_EQ(loaded.name, saved.name);
  EXPECT_EQ(loaded.users.all(), saved.users.all());
  EXPECT_EQ(loaded.items.all(), saved.items.all());
  EXPECT_EQ(loaded.types, saved.types);
  EXPECT_EQ(loaded.has_time, true);
  EXPECT_EQ(loaded.rejected, 2);
  ASSERT_EQ(loaded.cleaning.size(), 1u);
  EXPECT_EQ(loaded.cleaning[0].rule, "invalid");
  EXPECT_EQ(loaded.cleaning[0].rows_in, 7);
  EXPECT_EQ(loaded.item_fields.fields, saved.item_fields.fields);
  EXPECT_EQ(loaded.user_fields.fields, saved.user_fields.fields);
  EXPECT_EQ(loaded.interactions.user, saved.interactions.user);
  EXPECT_EQ(loaded.interactions.item, saved.interactions.item);
  EXPECT_EQ(loaded.interactions.value, saved.interactions.value);
  EXPECT_EQ(loaded.interactions.weight, saved.interactions.weight);
  EXPECT_EQ(loaded.interactions.time, saved.interactions.time);
  EXPECT_EQ(loaded.interactions.type, saved.interactions.type);
  EXPECT_EQ(loaded.interactions.positive, saved.interactions.positive);
  EXPECT_EQ(loaded.interactions.part, saved.interactions.part);
  EXPECT_EQ(loaded.fingerprint, saved.fingerprint);
  EXPECT_EQ(loaded.fingerprint.size(), 64u);
}

TEST(DatasetFile, FingerprintIsTheSha256OfTheFilesInNameOrderWithoutItsOwnLine) {
  Dataset saved = example();
  const fs::path at = folder("fingerprint");
  save_dataset(saved, at);
  std::string bytes = read_file(at / "dataset.json");
  const auto begin = bytes.find("  \"fingerprint\"");
  bytes.erase(begin, bytes.find('\n', begin) + 1 - begin);
  for (const auto* const name : {"interactions.safetensors", "items.jsonl", "split.safetensors", "users.jsonl"})
    bytes += read_file(at / name);
  EXPECT_EQ(saved.fingerprint, sha256_hex(bytes));
  Dataset other = example();
  other.interactions.part[0] = 1;
  save_dataset(other, folder("fingerprint-2"));
  EXPECT_NE(other.fingerprint, saved.fingerprint);
  save_dataset(other, at);
  EXPECT_EQ(load_dataset(at).fingerprint, other.fingerprint);
}

// In place: file systems sync a file that is written anew, and thousands of those take minutes.
void put_byte(const fs::path& path, std::size_t at, char byte) {
  std::fstream out(path, std::ios::binary | std::ios::in | std::ios::out);
  out.seekp(static_cast<std::streamoff>(at));
  out.put(byte);
}

TEST(DatasetFile, EveryFlippedByteIsRefused) {
  Dataset saved = example();
  const fs::path at = folder("flip");
  save_dataset(saved, at);
  for (const auto& entry : fs::directory_iterator(at)) {
    const std::string bytes = read_file(entry.path());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      put_byte(entry.path(), i, static_cast<char>(bytes[i] ^ (1 << i % 8)));
      try {
        load_dataset(at);
        ADD_FAILURE() << entry.path() << " byte " << i;
      } catch (const Error& e) {
        EXPECT_EQ(e.code(), ErrorCode::kData);
        EXPECT_FALSE(e.place().file.empty());
      }
      put_byte(entry.path(), i, bytes[i]);
    }
  }
  EXPECT_NO_THROW(load_dataset(at));
}

TEST(DatasetFile, DamageIsNamedByFile) {
  Dataset saved = example();
  const fs::path at = folder("named");
  save_dataset(saved, at);
  const auto refused = [&](const char* name, const std::string& bytes) {
    const std::string whole = read_file(at / name);
    write_file_atomic(at / name, bytes);
    std::string file;
    try {
      load_dataset(at);
    } catch (const Error& e) {
      file = fs::path(e.place().file).filename().string();
    }
    write_file_atomic(at / name, whole);
    EXPECT_EQ(file, name);
  };
  std::string flipped = read_file(at / "items.jsonl");
  flipped[9] ^= 1;
  refused("items.jsonl", flipped);
  refused("users.jsonl", "");
  refused("split.safetensors", "x");
  refused("dataset.json", "{}");
  refused("dataset.json", "[");
  refused("interactions.safetensors", read_file(at / "interactions.safetensors").substr(0, 100));
  fs::remove(at / "users.jsonl");
  EXPECT_THROW(load_dataset(at), Error);
  try {
    load_dataset(folder("absent"));
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kNotFound);
  }
}

// A dataset that was written whole but is not sound: the fingerprint alone would let it pass.
TEST(DatasetFile, NumbersOutsideTheirRangeAreRefused) {
  const auto refused = [](const char* name, auto change) {
    Dataset dataset = example();
    change(dataset.interactions);
    save_dataset(dataset, folder("range"));
    try {
      load_dataset(folder("range"));
      ADD_FAILURE() << name;
    } catch (const Error& e) {
      EXPECT_THAT(e.message(), testing::HasSubstr(name));
    }
  };
  refused("user 3", [](Interactions& all) { all.user[4] = 3; });
  refused("item -1", [](Interactions& all) { all.item[0] = -1; });
  refused("type 2", [](Interactions& all) { all.type[0] = 2; });
  refused("positive", [](Interactions& all) { all.positive[0] = 2; });
  refused("finite", [](Interactions& all) { all.value[0] = NAN; });
  refused("order", [](Interactions& all) { all.time[0] = 101; });
}

TEST(Dataset, MatrixHoldsPositivesAndSeenHoldsAll) {
  const Dataset dataset = example();
  const CsrMatrix train = dataset.matrix(kTrainPart, false);
  EXPECT_EQ(train.rows, 3);
  EXPECT_EQ(train.cols, 4);
  EXPECT_EQ(train.indices, (std::vector<std::int32_t>{0, 1, 2}));
  EXPECT_EQ(train.values, (std::vector<float>{5, 2, 2}));
  EXPECT_EQ(dataset.matrix(kTrainPart, true).values, (std::vector<float>{1, 1, 1}));
  EXPECT_EQ(dataset.matrix(kTestPart, true).nonzeros(), 0);
  EXPECT_EQ(dataset.seen(kTestPart).indices, (std::vector<std::int32_t>{3}));
  EXPECT_EQ(dataset.seen(kTrainPart | kValidPart | kTestPart).nonzeros(), 5);
}

TEST(Dataset, RepeatedPairsAddUp) {
  Dataset dataset = example();
  dataset.interactions.item = {0, 0, 1, 2, 0};
  dataset.interactions.part = {0, 0, 0, 0, 0};
  dataset.interactions.positive = {1, 1, 1, 1, 1};
  EXPECT_EQ(dataset.matrix(kTrainPart, false).values[0], 8);
}

TEST(Dataset, RatingsHoldTheLastValueOfEveryPairAndTimesThatOfItsLastLike) {
  Dataset dataset = example();
  Interactions& all = dataset.interactions;
  all.user = {0, 0, 0, 2, 2};
  all.item = {3, 3, 3, 1, 0};
  all.value = {5, 4, 1, 3, 2};
  all.time = {10, 20, 30, 5, 6};
  all.positive = {1, 1, 0, 0, 1};
  all.part = {0, 0, 0, 0, 2};
  const CsrMatrix ratings = dataset.ratings(kTrainPart);
  EXPECT_EQ(ratings.indices, (std::vector<std::int32_t>{3, 1}));
  EXPECT_EQ(ratings.values, (std::vector<float>{1, 3}));
  EXPECT_EQ(dataset.times(kTrainPart), (std::vector<std::int64_t>{20}));
  EXPECT_EQ(dataset.times(kTrainPart | kTestPart), (std::vector<std::int64_t>{20, 6}));
}

TEST(IdMap, FindsByBytes) {
  const IdMap ids({"1", "10", "2", "\xC3\xA9"});
  EXPECT_EQ(ids.find("10"), 1);
  EXPECT_EQ(ids.find("\xC3\xA9"), 3);
  EXPECT_FALSE(ids.find("3"));
  EXPECT_FALSE(ids.find(""));
}

}  // namespace
}  // namespace genre
