-- job. 0: unknown job; 1: otherwise. A terminal job stays unchanged.
even_when_full()
local job = A[1]
if not is_known(job) then return 0 end
if not is_stopping(job) then ask_to_stop(job) end
return 1
