-- nothing
/* here */ ;; 
