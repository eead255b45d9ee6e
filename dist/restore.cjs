'use strict';

require('./start.cjs')('restore');
