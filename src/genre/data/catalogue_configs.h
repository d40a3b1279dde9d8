// Configurations that read the files of the dataset catalogue; paths count from the folder of the files.
#pragma once

namespace genre {

extern const char* const kMl100kAtomicConfig;    // as RecBole's package carries it
extern const char* const kMl100kOriginalConfig;  // as GroupLens publishes it
extern const char* const kMl1mConfig;
extern const char* const kMl20mConfig;
extern const char* const kAmazonBeautyConfig;
extern const char* const kGoodreadsPoetryConfig;
extern const char* const kMindSmallConfig;
extern const char* const kLastfm2kConfig;

}  // namespace genre
