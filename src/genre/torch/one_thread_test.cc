// The small models of these tests gain nothing from threads, and threads that wait awake for each other starve when
// several tests run at once.
#include <torch/torch.h>

namespace genre::trainer {
namespace {

[[maybe_unused]] const bool kOneThread = (torch::set_num_threads(1), true);

}  // namespace
}  // namespace genre::trainer
