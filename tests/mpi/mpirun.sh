# SPDX-License-Identifier: MIT
# Sourced by tests: starts processes by mpirun, or ends the test with status 77, which skips it, where that cannot be.

# as_processes MPIRUN N COMMAND...: N processes, however few cores there are, as root, too.
as_processes() (
  mpirun=$1
  count=$2
  shift 2
  # Processes in containers may not look into each other, and there may be no ssh.
  OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1 \
    OMPI_MCA_btl_vader_single_copy_mechanism=none OMPI_MCA_plm_rsh_agent='' exec "$mpirun" -n "$count" "$@"
)

# need_mpirun MPIRUN
need_mpirun() {
  if ! as_processes "$1" 2 true > /dev/null 2>&1; then
    echo "skipped: '$1 -n 2 true' fails here: is openmpi-bin installed, and may processes be started?"
    exit 77
  fi
}
