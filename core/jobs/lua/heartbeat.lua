-- member, token. {held, stop}
even_when_full()
local member, token = A[1], A[2]
local _, job = split(member)
if not held(member, token) then
  survived(member, token)
  return {0, 1}
end
renew_lease(member)
return {1, is_stopping(job) and 1 or 0}
