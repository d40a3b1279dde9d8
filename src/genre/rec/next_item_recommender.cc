#include "genre/rec/next_item_recommender.h"

#include <fmt/format.h>

#include <algorithm>

#include "genre/base/error.h"
#include "genre/rec/tensors.h"
#include "genre/rec/whitening.h"
#include "genre/rec/word_counts.h"

namespace genre {
namespace {

CsrMatrix beside(const CsrMatrix& left, const CsrMatrix& right) {
  CsrMatrix out;
  out.rows = left.rows;
  out.cols = left.cols + right.cols;
  for (std::int64_t r = 0; r < out.rows; ++r) {
    const auto first = left.row_indices(r), second = right.row_indices(r);
    out.indices.insert(out.indices.end(), first.begin(), first.end());
    for (const std::int32_t index : second) out.indices.push_back(static_cast<std::int32_t>(left.cols) + index);
    const auto some = left.row_values(r), more = right.row_values(r);
    out.values.insert(out.values.end(), some.begin(), some.end());
    out.values.insert(out.values.end(), more.begin(), more.end());
    out.offsets.push_back(std::ssize(out.indices));
  }
  return out;
}

Matrix last_rows(const Matrix& matrix, std::int64_t count) {
  Matrix out(count, matrix.cols());
  std::copy_n(matrix.row(matrix.rows() - count).data(), count * matrix.cols(), out.data());
  return out;
}

// What words take while they are trained: counts, and eight vectors each, for a value, gradients and what Adam
// remembers. A word is counted as six bytes of text and held by two items; eight an item where nobody knows the texts.
std::int64_t shared_word_bytes(const DataSize& size, std::int64_t width) {
  const std::int64_t words = size.text_bytes > 0 ? size.text_bytes / 12 : 8 * size.items;
  return word_bytes(size) + 8 * words * width * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace

void NextItemOptions::fields(config::Fields& f) {
  f.integer("factors", factors, {.minimum = 1, .maximum = 4096}, "length of the vectors");
  f.integer("length", length, {.minimum = 1, .maximum = 4096}, "newest events of a history that are looked at");
  f.number("dropout", dropout, {.minimum = 0, .maximum = 0.95}, "of what goes into the network and its layers");
  f.integer("epochs", epochs, {.minimum = 0, .maximum = 100000},
            "passes over the interactions; 0: what start knows, as it is");
  f.integer("batch", batch, {.minimum = 1, .maximum = 65536}, "sequences whose mean loss makes a step");
  f.number("learning_rate", learning_rate, {.minimum = 1e-6, .maximum = 1}, "size of a step of Adam");
  f.choice("schedule", schedule, {"constant", "linear", "cosine"},
           "of the learning rate: down to 0 over the training, or not");
  f.number("weight_decay", weight_decay, {.minimum = 0, .maximum = 1}, "share of a weight that a step of size 1 takes");
  loss.fields(f);
  contrast.fields(f);
  f.number("feature_loss", feature_loss, {.minimum = 0, .maximum = 100},
           "weight of a second loss, by which states say what fields the next item has, and items which are theirs; 0: "
           "none");
  f.text("start", start_run, "run whose model the training begins with, to go on or to bring it to another catalogue");
  f.number("replay", replay, {.minimum = 0, .maximum = 1},
           "share of the histories that start has seen already which an epoch goes through again");
  f.flag("frozen_network", frozen_network,
         "leave the network that reads histories as start has it, and train only what items are made of");
}

NextItemTraining NextItemOptions::training(ReaderPlan reader) const {
  loss.check();
  contrast.check();
  if (loss.name == "none" && feature_loss == 0 && contrast.weight == 0)
    throw Error(ErrorCode::kConfig, "without a loss nothing is learnt",
                "set model.feature_loss or model.contrastive above 0, or name a loss", {.key = "model.loss"});
  if (frozen_network && feature_loss > 0)
    throw Error(ErrorCode::kConfig, "a network that stays as it is learns no features",
                "leave out model.frozen_network or model.feature_loss", {.key = "model.feature_loss"});
  return {.reader = std::move(reader),
          .width = factors,
          .length = length,
          .epochs = epochs,
          .batch = batch,
          .learning_rate = learning_rate,
          .weight_decay = weight_decay,
          .schedule = {.schedule = schedule, .warmup = 0},
          .loss = loss,
          .contrast = contrast,
          .feature_loss = feature_loss,
          .frozen_reader = frozen_network,
          .replay = replay};
}

std::unique_ptr<Recommender> NextItemOptions::build() const {
  NextItemPlan out = plan();
  out.starts = !start_run.empty();
  return std::make_unique<NextItemRecommender>(name(), std::move(out));
}

std::int64_t NextItemOptions::fit_bytes(const DataSize& size) const {
  const NextItemPlan own = plan();
  const std::int64_t numbers = own.training.items.text_numbers(factors);
  const std::int64_t whitening = 8 * size.items * size.dimension + 28 * size.dimension * size.dimension,
                     components = std::min<std::int64_t>(own.text_components, size.dimension),
                     sides = 12 * size.items * components + 8 * size.items * numbers + 24 * components * numbers;
  const std::int64_t training = next_item_training_bytes(own.training, size);
  return (components > 0 ? std::max(whitening, training) + sides : training + (own.features || own.words ? sides : 0)) +
         (own.words ? shared_word_bytes(size, own.training.width) : 0);
}

void NextItemRecommender::fit(const TrainingData& data) {
  require_interactions(name(), data);
  if (reads_text() || plan_.training.contrast.reads_text()) require_item_vectors(name(), data);
  if (plan_.features && data.item_features == nullptr)
    throw Error(ErrorCode::kData, name_ + " wants features of items, and there are none",
                "name fields in [item_features], or leave features out of model.item_encoder.parts");
  if (plan_.training.feature_loss > 0 && data.item_features == nullptr)
    throw Error(ErrorCode::kData, name_ + " is to foretell features of items, and there are none",
                "name fields in [item_features], or set model.feature_loss to 0", {.key = "model.feature_loss"});
  if (plan_.words) require_item_texts(name(), data);
  SharedWords shared = plan_.words ? shared_words(data.item_texts) : SharedWords();
  if (plan_.words && shared.words.empty())
    throw Error(ErrorCode::kData, name_ + " is to make items of words, and no word is in the texts of two items",
                "leave words out of [model]", {.key = "model"});
  CsrMatrix known = plan_.features ? *data.item_features : CsrMatrix();  // features, then words
  if (plan_.words) known = plan_.features ? beside(known, shared.held) : shared.held;
  const Whitening whitening = reads_text() ? whiten(data.item_vectors, plan_.text_components) : Whitening();
  const Matrix text = reads_text() ? whitening(data.item_vectors) : Matrix();
  TrainedNextItem trained = train_next_item(plan_.training, {text, known.cols > 0 ? &known : nullptr}, data,
                                            start_of(data, whitening, shared.words));
  model_ = {std::move(trained.items), std::move(trained.parameters), std::move(trained.reader), plan_.training.length};
  if (plan_.words) {
    Matrix vectors = last_rows(trained.features, std::ssize(shared.words));
    words_ = {std::move(shared.words), std::move(vectors)};
  }
  if (!reads_text()) return;
  Matrix map(plan_.training.items.text_numbers(model_.width()), data.item_vectors.cols());
  if (!whitening.map.empty())
    multiply(trained.text_map.data(), trained.text_map.rows(), trained.text_map.cols(),
             PackedMatrix::pack(whitening.map, /*transposed=*/false), map.data(), map.cols());
  std::vector<float> shift = std::move(trained.text_bias);
  shift.resize(map.rows());
  for (std::int64_t n = 0; n < map.rows(); ++n) shift[n] -= dot(map.row(n).data(), whitening.mean.data(), map.cols());
  set_text(std::move(map), std::move(shift));
}

NextItemStart NextItemRecommender::start_of(const TrainingData& data, const Whitening& whitening,
                                            std::span<const std::string> words) const {
  if (data.start == nullptr && plan_.starts)
    throw Error(ErrorCode::kConfig, "only a model by itself starts from a run, not a part of another",
                "leave start out of a cascade or an ensemble", {.key = "model.start"});
  if (data.start == nullptr) {
    if (plan_.training.frozen_reader)
      throw Error(ErrorCode::kConfig, "the network is to stay as the start has it, and there is no start",
                  "name a run in model.start, or leave out model.frozen_network", {.key = "model.frozen_network"});
    if (plan_.training.epochs == 0)
      throw Error(ErrorCode::kConfig, "no epochs, and no model to start from: nothing would be learnt",
                  "set model.epochs to 1 or more, or name a run in model.start", {.key = "model.epochs"});
    return {};
  }
  const auto* const before = dynamic_cast<const NextItemRecommender*>(&data.start->model);
  if (before == nullptr)
    throw Error(ErrorCode::kConfig,
                fmt::format("{} cannot start from {}, whose network is another", name_, data.start->model.name()),
                "name a run of the same model", {.key = "model.start"});
  if (plan_.features)
    throw Error(ErrorCode::kConfig, "items that are made of features have no start yet",
                "leave features out of model.item_encoder.parts, or train from the beginning", {.key = "model.start"});
  NextItemStart out{
      .model = &before->model_, .items = data.start->items, .text_map = {}, .text_bias = {}, .features = {}};
  if (plan_.words && before->plan_.words && before->model_.width() == plan_.training.width)
    out.features = before->words_.of(words);
  if (reads_text() && before->reads_text()) {
    if (before->text_map_.cols() != data.item_vectors.cols())
      throw Error(ErrorCode::kData,
                  fmt::format("the model to start from knows texts by {} numbers, here they have {}",
                              before->text_map_.cols(), data.item_vectors.cols()),
                  "train both with the same [lm]", {.key = "model.start"});
    out.text_map = map_of_whitened(before->text_map_, whitening);
    out.text_bias = before->text_shift_;
    for (std::size_t n = 0; n < out.text_bias.size(); ++n)
      out.text_bias[n] += dot(before->text_map_.row(static_cast<std::int64_t>(n)).data(), whitening.mean.data(),
                              before->text_map_.cols());
  }
  return out;
}

void NextItemRecommender::set_text(Matrix map, std::vector<float> shift) {
  text_map_ = std::move(map);
  text_shift_ = std::move(shift);
  packed_map_ = PackedMatrix::pack(text_map_, /*transposed=*/true);
}

bool NextItemRecommender::says_something(const Query& query) const {
  return (reads_text() && !query.text.empty()) || (plan_.words && words_.knows_any(query.words));
}

// A row for each query, zeros for one that says nothing; no rows where none does.
Matrix NextItemRecommender::said(std::span<const Query> queries) const {
  if (std::ranges::none_of(queries, [&](const Query& query) { return says_something(query); })) return {};
  Matrix out(std::ssize(queries), model_.width());
  std::vector<float> numbers(text_shift_.size());
  for (std::size_t q = 0; q < queries.size(); ++q) {
    const auto row = out.row(static_cast<std::int64_t>(q));
    if (reads_text() && !queries[q].text.empty()) {
      require_text_width(queries[q], text_map_.cols());
      multiply_serial(queries[q].text.data(), 1, text_map_.cols(), packed_map_, numbers.data(), std::ssize(numbers),
                      {.bias = text_shift_.data()});
      plan_.training.items.add_text(numbers, row);
    }
    if (plan_.words) words_.add(queries[q].words, row);
  }
  if (plan_.training.items.unit) neural::UnitRows().apply(out.view(), 1);
  return out;
}

void NextItemRecommender::score(std::span<const Query> queries, MatrixView scores) const {
  require_fitted(*this);
  model_.score(queries, said(queries), scores);
}

std::vector<ScoredIndex> NextItemRecommender::find_best(const Query& query, const RankOptions& options) const {
  require_fitted(*this);
  return model_.find_best(query, said({&query, 1}), options);
}

void NextItemRecommender::save(SafetensorsWriter& out, const std::string& prefix) const {
  require_fitted(*this);
  model_.save(out, prefix);
  if (plan_.words) words_.save(out, prefix + "words.");
  if (!reads_text()) return;
  out.add(prefix + "text.map", text_map_.values(), {text_map_.rows(), text_map_.cols()});
  out.add(prefix + "text.shift", std::span<const float>(text_shift_), {std::ssize(text_shift_)});
}

void NextItemRecommender::load(const SafetensorsFile& in, const std::string& prefix) {
  NextItemModel model = NextItemModel::load(in, prefix, plan_.training.reader, plan_.training.length);
  WordVectors words = plan_.words ? WordVectors::load(in, prefix + "words.", model.width()) : WordVectors();
  if (reads_text()) {
    Matrix map = read_matrix(in, prefix + "text.map");
    if (map.rows() != plan_.training.items.text_numbers(model.width()))
      bad_tensor(in, prefix + "text.map", "does not fit the width of the items and model.experts");
    const auto shift = in.values<float>(prefix + "text.shift", {map.rows()});
    set_text(std::move(map), {shift.begin(), shift.end()});
  }
  model_ = std::move(model);
  words_ = std::move(words);
}

std::vector<ScoredIndex> NextItemRecommender::similar_items(std::int32_t item, int k) const {
  require_fitted(*this);
  return model_.similar_items(item, k);
}

}  // namespace genre
