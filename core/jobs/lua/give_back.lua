-- member, token, delay in seconds, whether the attempt counts, and if so what went wrong.
even_when_full()
local member, token, delay, counts = A[1], A[2], tonumber(A[3]), A[4] == '1'
local _, job = split(member)
if not held(member, token) then
  if not counts then survived(member, token) end
  return 0
end
if counts then note_try(member, A[5]) end
drop_lease(member)
if not counts then redis.call('HINCRBY', job_key(job, 'attempts'), member, -1) end
retry_or_fail(member, delay)
return 1
