-- member, token, error as JSON.
even_when_full()
local member, token, error = A[1], A[2], A[3]
local _, job = split(member)
if not held(member, token) then return 0 end
drop_lease(member)
if not is_stopping(job) then terminate(job, 'failed', error) end
settle(job)
return 1
