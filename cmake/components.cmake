# SPDX-License-Identifier: MIT
# Headers that need more than Eigen and xtensor, by the component that has them: not in ciess::ciess, nor in ciess.hpp.
set(ciess_parallel_headers ciess/core/threads.hpp)  # oneTBB
set(ciess_files_headers                             # nlohmann_json
  ciess/backbone/click_file.hpp
  ciess/data/account_json.hpp
  ciess/io/checkpoints.hpp
  ciess/io/detail/safetensors_header.hpp
  ciess/io/load_lists.hpp
  ciess/io/load_vectors.hpp
  ciess/io/packed_file.hpp
  ciess/io/packed_writer.hpp
  ciess/search/ciess/policy_file.hpp
  ciess/io/safetensors.hpp
  ciess/io/state_file.hpp
  ciess/study/results_folder.hpp
  ciess/study/save_clicks.hpp
  ciess/study/save_policies.hpp
  ciess/study/save_serving.hpp
  ciess/study/save_tables.hpp
  ciess/study/save_vectors.hpp
  ciess/study/study_settings.hpp
  ciess/study/summary.hpp)
set(ciess_compressed_headers ciess/data/decompress.hpp)  # zlib and libzstd
set(ciess_mpi_headers ciess/core/mpi_group.hpp)          # MPI

set(ciess_components parallel files compressed mpi)
set(ciess_component_headers ${ciess_parallel_headers} ${ciess_files_headers} ${ciess_compressed_headers}
  ${ciess_mpi_headers})
