#include "genre/data/data_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "genre/data/data_toml_test.h"
#include "genre/data/item_text.h"
#include "genre/data/prepare.h"
#include "genre/data/temporary_folder.h"

namespace genre {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t kNow = 1'800'000'000'000;

// Names of the checks that the files do not pass.
std::vector<std::string> failures(const std::string& events, const std::string& toml = "",
                                  const std::string& items = "", std::size_t* count = nullptr) {
  temporary_folder().write("checked.csv", events);
  std::string source = "[[data.interactions]]\npath = \"checked.csv\"\ntype = \"rating\"\n";
  if (!items.empty()) {
    temporary_folder().write("checked_items.csv", items);
    source += "[[data.items]]\npath = \"checked_items.csv\"\n";
  }
  const DataOptions options = data_options(source + "[data.clean]\nmaximum_rejected = 1\n" + toml);
  const Dataset dataset = prepare(options, temporary_folder().path(), 7, {}).dataset;
  const auto texts = items.empty() ? std::vector<std::string>() : item_texts(dataset, TextTemplate("{title}"));
  std::vector<std::string> out;
  const auto checks = check_dataset(dataset, options, texts, kNow);
  if (count != nullptr) *count = checks.size();
  for (const auto& check : checks) {
    EXPECT_FALSE(check.wanted.empty() || check.found.empty()) << check.name;
    EXPECT_EQ(check.hint.empty(), check.passed) << check.name;
    if (!check.passed) out.push_back(check.name);
  }
  return out;
}

std::string good(int users = 8) {
  std::string out = "user,item,value,time\n";
  for (int time = 0; time < 10; ++time)
    for (int user = 0; user < users; ++user)
      out += "u" + std::to_string(user) + ",i" + std::to_string((user + time) % 9) + "," +
             std::to_string(1 + time % 5) + "," + std::to_string(1'700'000'000 + time * 1000) + "\n";
  return out;
}

TEST(DataChecks, SoundDataPassesAll) {
  std::size_t count = 0;
  EXPECT_THAT(failures(good(), "", "id,title\ni0,A\ni1,B\ni2,C\ni3,D\ni4,E\ni5,F\ni6,G\ni7,H\ni8,I\n", &count),
              IsEmpty());
  EXPECT_EQ(count, 12u);
}

TEST(DataChecks, EachFaultFailsItsCheck) {
  EXPECT_THAT(failures(good() + "u1,,1,1700000000\nu1,i1,x,1700000000\n"), ElementsAre("readable_rows"));
  EXPECT_THAT(failures(good() + "u1,i77,1,1900000000\n"), Contains("future"));
  EXPECT_THAT(failures(good() + "u1,i77,1,5\n"), Contains("early"));
  std::string repeats = good();
  for (int i = 0; i < 100; ++i) repeats += "u1,i1,3,1700000001\n";
  EXPECT_THAT(failures(repeats), Contains("repeats"));
  EXPECT_THAT(failures("user,item,value,time\na,1,1,1700000000\nb,2,2,1700000001\nc,3,2,1700000002\n"),
              Contains("activity"));
  std::string one = "user,item,value,time\n";
  for (int user = 0; user < 9; ++user)
    one += "u" + std::to_string(user) + ",i0,3,1700000000\nu" + std::to_string(user) + ",i" +
           std::to_string(1 + user % 2) + ",2,170000000" + std::to_string(user) + "\n";
  EXPECT_THAT(failures(one + "u0,i2,1,1700000000\n", "k_core = { user = 1 }\n"), testing::Not(Contains("parts")));
  EXPECT_THAT(
      failures("user,item,value,time\na,x,1,1700000000\nb,x,2,1700000001\nc,x,2,1700000002\nc,y,2,1700000002\n"),
      Contains("one_item"));
  EXPECT_THAT(failures(good(), "[data.events.rating]\npositive = \"value >= 9\"\n"), Contains("positives"));
  EXPECT_THAT(
      failures("user,item,value,time\na,x,3,1700000000\na,y,3,1700000001\nb,x,3,1700000000\nb,y,3,1700000001\n"),
      Contains("values"));
  EXPECT_THAT(failures(good(), "[data.split]\nratio = [1.0, 0.0, 0.0]\n"), Contains("parts"));
  std::string strangers = good(4);
  for (int i = 0; i < 20; ++i) strangers += "new" + std::to_string(i) + ",i1,4,1750000000\n";
  EXPECT_THAT(failures(strangers), Contains("known_users"));
  EXPECT_THAT(failures(good(), "", "id,title\ni0,A\ni1,\nother,X\n"), ElementsAre("described_items", "item_text"));
}

}  // namespace
}  // namespace genre
