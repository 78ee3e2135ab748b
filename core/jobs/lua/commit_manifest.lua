-- finish's member, token, manifest as JSON. The manifest that stands, or nil when this lease may not name one.
even_when_full()
local member, token, manifest = A[1], A[2], A[3]
local _, job = split(member)
if not held(member, token) or terminal(job) or get(job, 'cancel_requested_at') then return nil end
local standing = get(job, 'manifest')  -- records of before have it in the record
if not standing then
  redis.call('SETNX', job_key(job, 'manifest'), manifest)
  standing = redis.call('GET', job_key(job, 'manifest'))
end
renew_lease(member)
return standing
