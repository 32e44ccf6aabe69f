# Headers that need more than Eigen and xtensor, by the component that has them: not in ciess::ciess, nor in ciess.hpp.
set(ciess_parallel_headers ciess/core/threads.hpp)  # oneTBB
set(ciess_files_headers                             # nlohmann_json
  ciess/io/checkpoints.hpp
  ciess/io/detail/safetensors_header.hpp
  ciess/io/packed_file.hpp
  ciess/io/policy_file.hpp
  ciess/io/safetensors.hpp
  ciess/io/state_file.hpp)
