-- member, token, error as JSON.
even_when_full()
local member, token, error = A[1], A[2], A[3]
local kind, job = split(member)
if not held(member, token) then return 0 end
drop_lease(member)
if kind == 'convert' then
  if not is_unwanted(member) then conversion_failed(member, token, cjson.decode(error).message) end
  return 1
end
if not is_stopping(job) then terminate(job, 'failed', error) end
settle(job)
return 1
