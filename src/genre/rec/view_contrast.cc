#include "genre/rec/view_contrast.h"

#include <algorithm>
#include <utility>

#include "genre/base/error.h"
#include "genre/neural/room.h"
#include "genre/rec/step_seed.h"

namespace genre {

void ContrastOptions::fields(config::Fields& f) {
  f.number("contrastive", weight, {.minimum = 0, .maximum = 100},
           "weight of a second loss, by which two changed views of a history are told from those of others; 0: none");
  f.number("contrastive_temperature", temperature, {.minimum = 0.01, .maximum = 10},
           "that cosines of views are divided by");
  f.texts("augmentations", augmentations,
          "what changes a view, each as often: crop, mask, reorder, substitute, insert");
  f.choice("substitutes", substitutes, {"cooccurrence", "text"},
           "what makes an item like another, for substitute and insert: the users they share, or their texts");
  f.table("augmentation_shares", shares, "How much of a history augmentations change.");
}

void ContrastOptions::check() const {
  for (const std::string& name : augmentations)
    if (!SequenceAugmentation::exists(name))
      throw Error(ErrorCode::kConfig, "there is no augmentation \"" + name + "\"",
                  "there are crop, mask, reorder, substitute and insert", {.key = "model.augmentations"});
  if (weight > 0 && augmentations.empty())
    throw Error(ErrorCode::kConfig, "a contrastive loss wants views, and model.augmentations is empty",
                "name one, or set model.contrastive to 0", {.key = "model.augmentations"});
}

bool ContrastOptions::wants_substitutes() const {
  return weight > 0 && std::ranges::any_of(augmentations, [](const std::string& name) {
           return name == "substitute" || name == "insert";
         });
}

ViewContrast::ViewContrast(const ContrastOptions& options, CsrMatrix substitutes, const neural::HistoryReader& reader,
                           std::int64_t length, std::uint64_t seed, int parts)
    : weight_(options.weight),
      augmentation_(options.augmentations, options.shares, std::move(substitutes)),
      reader_(reader),
      most_(length - (reader.mask() < 0 ? 0 : 1)),
      seed_(seed),
      loss_(options.temperature),
      views_(parts),
      first_(parts + 1) {}

void ViewContrast::start(std::int64_t step, std::span<const std::span<const std::int32_t>> pieces) {
  step_ = step;
  RandomStream random(step_seed(seed_, step), "views");
  for (std::size_t p = 0; p < views_.size(); ++p) {
    ReadSequences& views = views_[p];
    views.clear();
    const std::size_t begin = pieces.size() * p / views_.size(), end = pieces.size() * (p + 1) / views_.size();
    first_[p + 1] = 2 * static_cast<std::int64_t>(end);
    for (const auto piece : pieces.subspan(begin, end - begin)) {
      const auto newest = piece.last(std::min(piece.size(), static_cast<std::size_t>(most_)));
      for (int view = 0; view < 2; ++view) {
        augmentation_.add_view(newest, most_, random, views.read);
        if (reader_.mask() >= 0) views.read.push_back(ReadSequences::kMask);
        views.asked.push_back(static_cast<std::int32_t>(std::ssize(views.read) - 1));
        views.offsets.push_back(std::ssize(views.read));
      }
    }
  }
  neural::room(states_, first_.back(), reader_.width());
  neural::room(d_states_, first_.back(), reader_.width());
}

MatrixView ViewContrast::rows_of(std::size_t part, Matrix& all) const {
  return {all.data() + first_[part] * all.cols(), first_[part + 1] - first_[part], all.cols()};
}

void ViewContrast::read(std::size_t part, const neural::Parameters& parameters, ConstMatrixView vectors,
                        HistoryPass& pass) {
  if (views_[part].read.empty()) return;
  RandomStream random(step_seed(seed_, step_ * std::ssize(views_)) + part, "dropout of views");
  neural::copy_rows(pass.forward(parameters, vectors, views_[part], random), rows_of(part, states_));
}

double ViewContrast::compare() {
  const std::int64_t count = first_.back(), width = reader_.width();
  return loss_.loss({states_.data(), count, width}, static_cast<float>(weight_), {d_states_.data(), count, width});
}

void ViewContrast::learn(std::size_t part, const neural::Parameters& parameters, HistoryPass& pass,
                         neural::Gradients& gradients, int items) {
  if (views_[part].read.empty()) return;
  neural::copy_rows(rows_of(part, d_states_), pass.d_states());
  pass.backward(parameters, views_[part], gradients, items);
}

std::int64_t view_contrast_bytes(const ContrastOptions& options, std::int64_t pieces, std::int64_t length,
                                 std::int64_t width, const DataSize& size) {
  const std::int64_t views = 2 * pieces, logits = neural::FullSoftmax::kFewestRows * 4 * (views + 16);
  return 4 * views * (length + 10 + 5 * (width + 16)) + std::max(logits, neural::FullSoftmax::kLogitBytes) +
         (options.wants_substitutes() ? item_substitutes_bytes(options.substitutes, size) : 0);
}

}  // namespace genre
