-- member, token, delay in seconds, whether the attempt counts.
local member, token, delay, counts = A[1], A[2], tonumber(A[3]), A[4] == '1'
local _, job = split(member)
if not held(member, token) then return 0 end
drop_lease(member)
if not counts then redis.call('HINCRBY', job_key(job, 'attempts'), member, -1) end
retry_or_fail(member, delay)
return 1
